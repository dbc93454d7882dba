package handover

// fileLost tells agents, in the thread, of a file that they will not see.
func (d *decision) fileLost() {
	if d.e.Handover == "" || d.e.Failure == nil {
		return
	}
	d.do(Remark{Handover: d.e.Handover, Text: d.e.Failure.Text, About: d.e.Message})
}

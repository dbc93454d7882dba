package handover

import "patchbay/models"

// threadChanged remembers whether the handover's thread is open. Who waits without one is not left waiting for ever.
func (d *decision) threadChanged() {
	opened := d.e.Type == models.ThreadOpened
	if !d.current() || d.c.Memory.Opened == opened {
		return
	}
	d.c.Memory.Opened = opened
	switch {
	case opened && d.c.Memory.Opening:
		d.c.Memory.Opening = false
		d.do(Stop{Timer: models.TimerGiveUp})
	case d.c.Mode != models.ModeWaiting:
	case opened:
		d.do(Stop{Timer: models.TimerGiveUp})
		d.ladder()
	default:
		d.unladder()
		d.do(Set{Timer: models.TimerGiveUp, Due: d.now.Add(d.p.GiveUp)})
	}
}

// timerRang decides on a timer. One of an earlier epoch means nothing any more.
func (d *decision) timerRang() {
	if d.e.Epoch != d.c.Epoch {
		return
	}
	switch d.e.Timer {
	case models.TimerGiveUp:
		if (d.c.Mode == models.ModeWaiting || d.c.Memory.Opening) && !d.c.Memory.Opened {
			d.giveUp()
		}
	case models.TimerJoined:
		if d.c.Mode == models.ModeAgent && d.c.Memory.Joining {
			d.c.Memory.Joining = false
			d.tell("joined", map[string]string{"agent": d.c.Holder.Name})
		}
	case models.TimerRung:
		d.rung()
	case models.TimerQuiet:
		d.quiet()
	case models.TimerSilent:
		d.silent()
	case models.TimerWindow:
		d.warn()
	}
}

// giveUp ends a wait for a thread that cannot be opened. Where there is no bot to go back to, the wait goes on: the
// customer is told so, and the thread opens when the desk is there again.
func (d *decision) giveUp() {
	if !d.p.HasBot {
		d.do(Alert{Key: "gave_up", Text: "A thread could not be opened in time. The customer was told that the answer comes later, and waits."})
		d.do(Set{Timer: models.TimerGiveUp, Due: d.now.Add(d.p.GiveUp)})
		d.tell("promise", nil)
		return
	}
	d.do(Alert{Key: "gave_up", Text: "A thread could not be opened in time. The customer was told, and the bot has the chat again."})
	d.close(models.HandoverGaveUp, d.now)
	d.tell("gave_up", nil)
}

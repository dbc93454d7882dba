// Package faq is a bot that is built in: it answers from one file of questions and answers, in Markdown or TOML.
//
// In Markdown every heading from level 2 on is a question, and what stands below is its answer. Headings that follow each
// other are several ways to ask the same, in any languages:
//
//	# Our shop                        a title, for people
//
//	## When are you open?
//	## Opening hours
//	## ¿A qué hora abren?
//
//	Monday to Friday, 9:00 to 18:00.
//
//	[Where are you?] [Talk to a person]
//
// A last line of nothing but titles in brackets becomes buttons; pressing one asks its title. What stands before the first
// question, and comments, are not read. An answer is sent as plain text: paragraphs become single lines, lists keep their
// lines, emphasis goes, a link is its text and its address.
//
// The same in TOML:
//
//	[[faq]]
//	questions = ["When are you open?", "Opening hours"]
//	answer = "Monday to Friday, 9:00 to 18:00."
//	buttons = ["Where are you?"]
//
// A message is answered by the entry that fits best. Its confidence, from 0 to 1, is how much of the question the message
// has and how much of the message the entry is about, rare words counting more than frequent ones, and words that stand in
// any question ("what is the …") not at all. The same question is 1; what has nothing in common is 0 and is a fallback.
package faq

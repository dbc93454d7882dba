// Package detect reads one message and says what it means for a handover:
// whether a customer asks for a person or wants the bot back, whether a bot's
// answer says that it did not understand, whether a message is mere thanks,
// and what language it is in.
//
// What it knows about languages stands in data/, one text file a language,
// written for people who speak the language rather than Go; data/README.md
// explains the format. All languages are tried on every message, because the
// language of three words is not known for certain.
//
// A message is read in three steps:
//
//  1. Fold: case, accents, typographic variants and zero-width characters go,
//     and the text is split into words. Scripts that are written without
//     spaces (Chinese, Japanese, Korean, Thai) are split into characters.
//  2. Look up: each word gets the symbols it stands for (itself, the lists it
//     is in, the stems it begins with). Unknown words are tried as typos.
//  3. Match: all patterns run side by side as one automaton over the words,
//     in time linear in the message, started only by words that begin one.
//
// A match of a request counts unless a refusal, a report or a near miss
// overlaps it ("I don't want an agent", "travel agent"), or it is taken back
// afterwards ("agent, never mind").
package detect

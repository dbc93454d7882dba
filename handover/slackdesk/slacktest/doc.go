// Package slacktest is a stand-in for Slack: a server on the loopback that speaks the Web API, delivers events over
// signed HTTP calls or over Socket Mode, keeps the limits and rates of the real one, and fails when it is told to. It
// holds one workspace with its channels, members and threads, and lets a program act as one of the members.
//
// Tests and the demo use the same server. It needs no network beyond the loopback and no test framework.
package slacktest

// Package bench measures a running gateway: the built program with a real config on an empty database, called over HTTP by
// a load generator, with stand-ins for the customer's system, the bot and Slack. Each figure stands beside that of a bare
// gin handler that decodes the same JSON and answers 200, under the same load on the same machine: the ratio tells more
// than the rate.
//
// The gateway, the stand-ins and the bare handler are processes of their own: the program started again. The process that
// was called is the load generator and the customer's system.
package bench

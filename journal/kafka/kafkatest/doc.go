// Package kafkatest gives tests a real Apache Kafka and a network that fails
// when it is told to.
//
// [Shared] is a broker that runs already, named by DEADHEAT_KAFKA; [Start] is a
// cluster of the test's own, whose brokers it may kill and pause. Both skip the
// test when DEADHEAT_KAFKA is not set: then no real Kafka is wanted.
// `make kafka-up` starts one and prints its address.
//
// [Proxy] stands between a client and a broker, real or not, and makes the
// faults that matter to who writes a journal and who reads it: a write that
// lands and is never answered, a connection that breaks, a bit that flips on
// its way back.
//
// It is for tests only. A cluster ends with its test, also when the test is
// killed; topics in a shared broker stay, so every test names its own with
// [Topic].
package kafkatest

package io.evenkeel.server.transport;

import java.net.InetSocketAddress;

/**
 * What a UDP socket is bound with.
 *
 * @param rules who may ask there
 * @param silence how it keeps silent until it is opened
 * @param loop which reads and answers
 * @param reusePort there is a socket of ours on that port already, on another loop
 */
record UdpBinding(
        ListenRules rules,
        Silence silence,
        InetSocketAddress address,
        AnswerLoop loop,
        TransportCounters counters,
        boolean reusePort) {}

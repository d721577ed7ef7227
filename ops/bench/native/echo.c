/* The floor for one thread on sockets: sends each datagram back with the QR bit set, 64 by one system call.
 *   echo PORT            on 127.0.0.1, until it is killed                                                    */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

enum { BATCH = 64, SIZE = 2048, BUFFER = 4 << 20 };

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: echo PORT\n");
        return 2;
    }
    int fd = socket(AF_INET, SOCK_DGRAM, 0), bytes = BUFFER;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, (void *)&address, sizeof address)) {
        perror("bind");
        return 1;
    }
    static unsigned char data[BATCH][SIZE];
    static struct sockaddr_in from[BATCH];
    static struct iovec parts[BATCH];
    static struct mmsghdr messages[BATCH];
    for (;;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){data[i], SIZE};
            messages[i].msg_hdr = (struct msghdr){
                .msg_name = &from[i], .msg_namelen = sizeof from[i], .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        int count = recvmmsg(fd, messages, BATCH, MSG_WAITFORONE, NULL);
        for (int i = 0; i < count; i++) {
            data[i][2] |= 0x80;
            parts[i].iov_len = messages[i].msg_len;
        }
        for (int sent = 0; sent < count;) {
            int now = sendmmsg(fd, messages + sent, count - sent, 0);
            if (now <= 0) break;
            sent += now;
        }
    }
}

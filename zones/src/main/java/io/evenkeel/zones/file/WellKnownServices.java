package io.evenkeel.zones.file;

import java.util.Locale;
import java.util.Map;
import java.util.function.ToIntFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.xbill.DNS.WKSRecord;

/**
 * Protocols and services of WKS by name: those that systems know in their {@code protocols} and {@code services}, of services those that IANA
 * lists below port 1024. dnsjava has those of RFC 1010 alone, which RFC 1035 §3.4.2 names. No file of the system is read: all nodes read a text
 * alike. Pure functions.
 */
final class WellKnownServices {
    private static final Map<String, Integer> LATER_PROTOCOLS = numbers("""
            ip 0 hopopt 0 ipencap 4 ip-encap 4 dccp 33 xtp 36 ddp 37 idpr-cmtp 38 ipv6 41 ipv6-route 43 ipv6-frag 44 idrp 45
            rsvp 46 gre 47 esp 50 ipsec-esp 50 ah 51 ipsec-ah 51 skip 57 ipv6-icmp 58 ipv6-nonxt 59 ipv6-opts 60 rspf 73 cphb 73
            vmtp 81 eigrp 88 ospf 89 ospfigp 89 ax.25 93 ipip 94 etherip 97 encap 98 pim 103 ipcomp 108 vrrp 112 l2tp 115 isis 124
            sctp 132 fc 133 mobility-header 135 udplite 136 mpls-in-ip 137 manet 138 hip 139 shim6 140 wesp 141 rohc 142
            ethernet 143
            """);

    private static final Map<String, Integer> LATER_SERVICES = numbers("""
            tcpmux 1 systat 11 qotd 17 ssh 22 whois 43 tacacs 49 gopher 70 http 80 www 80 kerberos 88 acr-nema 104
            pop3 110 ident 113 epmap 135 imap 143 imap2 143 snmp 161 snmptrap 162 snmp-trap 162 cmip-man 163 cmip-agent 164
            mailq 174 xdmcp 177 bgp 179 smux 199 qmtp 209 z3950 210 ipx 213 ptp-event 319 ptp-general 320 pawserv 345 zserv 346
            rpc2portmap 369 codaauth2 370 clearcase 371 ldap 389 svrloc 427 https 443 snpp 444 microsoft-ds 445 kpasswd 464
            submissions 465 saft 487 isakmp 500 exec 512 biff 512 login 513 who 513 shell 514 syslog 514 printer 515 talk 517
            ntalk 518 route 520 gdomap 538 uucp 540 klogin 543 kshell 544 dhcpv6-client 546 dhcpv6-server 547 afpovertcp 548
            rtsp 554 nntps 563 submission 587 nqs 607 asf-rmcp 623 qmqp 628 ipp 631 ldaps 636 ldp 646 tinc 655 silc 706
            kerberos-adm 749 domain-s 853 rsync 873 ftps-data 989 ftps 990 telnets 992 imaps 993 pop3s 995
            """);

    private WellKnownServices() {}

    private static Map<String, Integer> numbers(String pairs) {
        return Pattern.compile("(\\S+) (\\d+)")
                .matcher(pairs)
                .results()
                .collect(Collectors.toUnmodifiableMap(pair -> pair.group(1), pair -> Integer.parseInt(pair.group(2))));
    }

    /** By name in any case, or by number; -1 if it is neither. */
    static int protocol(String word) {
        return number(word, LATER_PROTOCOLS, WKSRecord.Protocol::value);
    }

    /** The same. */
    static int port(String word) {
        return number(word, LATER_SERVICES, WKSRecord.Service::value);
    }

    private static int number(String word, Map<String, Integer> later, ToIntFunction<String> others) {
        Integer number = later.get(word.toLowerCase(Locale.ROOT));
        return number != null ? number : word.startsWith("+") ? -1 : others.applyAsInt(word);
    }
}

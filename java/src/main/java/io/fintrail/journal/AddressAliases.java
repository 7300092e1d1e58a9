package io.fintrail.journal;

import io.fintrail.event.Endpoint;
import java.util.HashMap;
import java.util.Map;

/**
 * Other addresses, by order of appearance: 10.0.0.1, 10.0.0.2, … and fd00::1, …; a link-local one is fe80::1, …. Loopback
 * and "any" stay: they name no host.
 */
final class AddressAliases {
    private static final long MAPPED = 0xffffL << 32;
    private static final long TEN = 10L << 24;
    private static final long UNIQUE_LOCAL = 0xfd00L << 48;
    private static final long LINK_LOCAL = 0xfe80L << 48;
    private static final long LINK_LOCAL_MASK = 0xffc0L << 48;

    private final Map<Endpoint, Endpoint> ipv4 = new HashMap<>();
    private final Map<Endpoint, Endpoint> ipv6 = new HashMap<>();
    private final Map<Endpoint, Endpoint> linkLocal = new HashMap<>();

    /** The port stays. */
    Endpoint of(Endpoint original) {
        if (staysWhatItIs(original)) {
            return original;
        }
        Endpoint address = new Endpoint(original.high(), original.low(), 0);
        Endpoint alias;
        if (original.isIpv4()) {
            alias = ipv4.computeIfAbsent(address, any -> new Endpoint(0, MAPPED | (TEN + ipv4.size() + 1), 0));
        } else if ((original.high() & LINK_LOCAL_MASK) == LINK_LOCAL) {
            alias = linkLocal.computeIfAbsent(address, any -> new Endpoint(LINK_LOCAL, linkLocal.size() + 1, 0));
        } else {
            alias = ipv6.computeIfAbsent(address, any -> new Endpoint(UNIQUE_LOCAL, ipv6.size() + 1, 0));
        }
        return new Endpoint(alias.high(), alias.low(), original.port());
    }

    private static boolean staysWhatItIs(Endpoint original) {
        if (original.isIpv4()) {
            int address = (int) original.low();
            return address == 0 || address >>> 24 == 127;
        }
        return original.high() == 0 && (original.low() == 0 || original.low() == 1);
    }
}

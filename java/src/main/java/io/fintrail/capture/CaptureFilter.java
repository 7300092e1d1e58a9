package io.fintrail.capture;

import io.fintrail.event.Endpoint;
import io.fintrail.event.TcpEventLayout;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * What the kernel side lets through. {@code ports} match either end, so does the address; {@code netns} 0 is every
 * namespace. {@code address} has 16 bytes, {@code prefixBits} counts in those (0: every address).
 */
public record CaptureFilter(List<Integer> ports, byte[] address, int prefixBits, long netns) {
    public static final int MAX_PORTS = 16;

    public static CaptureFilter everything() {
        return new CaptureFilter(List.of(), new byte[16], 0, 0);
    }

    /**
     * @param cidr an address with or without /bits, or empty for all
     * @throws IllegalArgumentException naming what is wrong
     */
    public static CaptureFilter of(List<Integer> ports, String cidr, long netns) {
        if (ports.size() > MAX_PORTS) {
            throw new IllegalArgumentException(ports.size() + " ports given: the kernel side takes " + MAX_PORTS);
        }
        for (int port : ports) {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException("port " + port + " is not between 1 and 65535");
            }
        }
        if (cidr.isEmpty()) {
            return new CaptureFilter(List.copyOf(ports), new byte[16], 0, netns);
        }
        int slash = cidr.indexOf('/');
        byte[] address = Endpoint.numericAddress(slash < 0 ? cidr : cidr.substring(0, slash));
        int most = address.length * 8;
        int bits = slash < 0 ? most : prefix(cidr, cidr.substring(slash + 1), most);
        int mappedBits = address.length == 4 ? bits + 96 : bits;
        return new CaptureFilter(List.copyOf(ports), Endpoint.mapped(address), mappedBits, netns);
    }

    private static int prefix(String cidr, String bits, int most) {
        if (!bits.matches("\\d{1,3}") || Integer.parseInt(bits) > most) {
            throw new IllegalArgumentException("'" + cidr + "': the prefix is a number from 0 to " + most);
        }
        return Integer.parseInt(bits);
    }

    void writeTo(ByteBuffer config) {
        config.putInt(TcpEventLayout.CONFIG_NETNS, (int) netns);
        config.putInt(TcpEventLayout.CONFIG_PORT_COUNT, ports.size());
        for (int i = 0; i < ports.size(); i++) {
            config.putShort(TcpEventLayout.CONFIG_PORTS + 2 * i, ports.get(i).shortValue());
        }
        config.put(TcpEventLayout.CONFIG_ADDRESS_PREFIX_BITS, (byte) prefixBits);
        config.put(TcpEventLayout.CONFIG_ADDRESS, address);
    }
}

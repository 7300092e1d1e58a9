package io.fintrail.live;

import io.fintrail.event.Endpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * TCP segments of a capture file, in its order. Of the format it knows what tcpdump writes on an Ethernet device, in
 * the byte order of the machine:
 *
 * <pre>
 * file    magic 4 | version 2+2 | zone 4 | accuracy 4 | snapshot length 4 | link type 4
 * packet  seconds 4 | microseconds 4 | captured bytes 4 | bytes on the wire 4 | frame
 * frame   destination 6 | source 6 | type 2 | IPv4 or IPv6 packet, in network byte order
 * </pre>
 */
final class PcapReader {
    private static final int FILE_HEADER = 24;
    private static final int PACKET_HEADER = 16;
    private static final int ETHERNET_HEADER = 14;
    private static final int MAGIC = 0xa1b2c3d4;
    private static final int LINK_ETHERNET = 1;
    private static final int TYPE_IPV4 = 0x0800;
    private static final int TYPE_IPV6 = 0x86dd;
    private static final int IPV6_HEADER = 40;
    private static final int PROTOCOL_ICMP = 1;
    private static final int PROTOCOL_TCP = 6;
    private static final int PROTOCOL_ICMPV6 = 58;
    private static final int ICMP_HEADER = 8;
    private static final int ICMP_UNREACHABLE = 3;
    private static final int ICMPV6_UNREACHABLE = 1;
    private static final int OPTION_END = 0;
    private static final int OPTION_NOTHING = 1;
    private static final int OPTION_SACK = 5;

    private PcapReader() {}

    static List<Segment> read(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.nativeOrder());
        if (bytes.limit() < FILE_HEADER || bytes.getInt(0) != MAGIC || bytes.getInt(20) != LINK_ETHERNET) {
            throw new IOException(file + " is no capture of an Ethernet device by this machine's tcpdump");
        }
        List<Segment> segments = new ArrayList<>();
        int position = FILE_HEADER;
        while (position < bytes.limit()) {
            int captured = bytes.getInt(position + 8);
            ByteBuffer frame = bytes.slice(position + PACKET_HEADER, captured);
            int type = Short.toUnsignedInt(frame.getShort(ETHERNET_HEADER - 2));
            if (type == TYPE_IPV4 || type == TYPE_IPV6) {
                addPacket(segments, frame.slice(ETHERNET_HEADER, captured - ETHERNET_HEADER), false);
            }
            position += PACKET_HEADER + captured;
        }
        return segments;
    }

    private static void addPacket(List<Segment> segments, ByteBuffer ip, boolean quoted) {
        boolean isIpv4 = ip.get(0) >> 4 == 4;
        int header = isIpv4 ? (ip.get(0) & 0xf) * 4 : IPV6_HEADER;
        int length = isIpv4
                ? Short.toUnsignedInt(ip.getShort(2)) - header
                : Short.toUnsignedInt(ip.getShort(4)); // extension headers are not sent here
        int protocol = ip.get(isIpv4 ? 9 : 6);
        ByteBuffer content = ip.slice(header, ip.limit() - header);
        if (protocol == PROTOCOL_TCP) {
            int addressBytes = isIpv4 ? 4 : 16;
            int addresses = isIpv4 ? 12 : 8;
            Endpoint source = endpoint(ip, addresses, addressBytes, content.getShort(0));
            Endpoint destination = endpoint(ip, addresses + addressBytes, addressBytes, content.getShort(2));
            segments.add(segment(source, destination, content, length, quoted));
        } else if (isUnreachable(protocol, content.get(0))) {
            addPacket(segments, content.slice(ICMP_HEADER, content.limit() - ICMP_HEADER), true);
        }
    }

    private static boolean isUnreachable(int protocol, int type) {
        return (protocol == PROTOCOL_ICMP && type == ICMP_UNREACHABLE)
                || (protocol == PROTOCOL_ICMPV6 && type == ICMPV6_UNREACHABLE);
    }

    private static Endpoint endpoint(ByteBuffer ip, int offset, int length, short port) {
        byte[] address = new byte[length];
        ip.get(offset, address);
        ByteBuffer mapped = ByteBuffer.wrap(Endpoint.mapped(address));
        return new Endpoint(mapped.getLong(), mapped.getLong(), Short.toUnsignedInt(port));
    }

    private static Segment segment(Endpoint source, Endpoint destination, ByteBuffer tcp, int length, boolean quoted) {
        int header = (tcp.get(12) >> 4 & 0xf) * 4;
        return new Segment(
                source,
                destination,
                tcp.getInt(4),
                tcp.getInt(8),
                tcp.get(13),
                length - header,
                sacked(tcp, Math.min(header, tcp.limit())),
                quoted);
    }

    private static List<Integer> sacked(ByteBuffer tcp, int header) {
        List<Integer> edges = new ArrayList<>();
        int position = 20;
        while (position < header && tcp.get(position) != OPTION_END) {
            int kind = tcp.get(position);
            int length = kind == OPTION_NOTHING ? 1 : Math.max(1, tcp.get(position + 1));
            for (int block = 2; kind == OPTION_SACK && block < length; block += 8) {
                edges.add(tcp.getInt(position + block + 4));
            }
            position += length;
        }
        return edges;
    }
}

package io.fintrail.live;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * One situation, staged to its end with a packet capture at both ends. Until it is closed its namespaces live on, so
 * that none that is made meanwhile has their numbers.
 */
final class CapturedStage implements AutoCloseable {
    static final List<String> SIDES = List.of("near", "far");

    private final String situation;
    private final Lab lab;
    private final Map<String, PacketCapture> captures = new TreeMap<>();
    private final Map<String, List<Segment>> packets = new TreeMap<>();
    private final JsonNode eaten;

    CapturedStage(Subnet subnet, String situation, int count, int family, Path directory)
            throws IOException, InterruptedException {
        this.situation = situation;
        boolean isStaged = false;
        try (Lab staging = Lab.prepare(subnet, situation, count, family)) {
            lab = staging;
            for (String side : SIDES) {
                Path file = directory.resolve(situation + "-" + side + ".pcap");
                captures.put(side, PacketCapture.start(file, lab.netnsPath(side)));
            }
            lab.go();
            if (lab.stands()) {
                lab.awaitStanding();
                lab.go();
            }
            eaten = lab.awaitDone().path("eaten");
            for (String side : SIDES) {
                packets.put(side, captures.get(side).stop());
            }
            requireAgreement();
            isStaged = true;
        } finally {
            if (!isStaged) {
                close();
            }
        }
    }

    /** The wire between the two loses nothing, so captures that differ are not complete. */
    private void requireAgreement() throws IOException {
        for (String near : connections("near")) {
            String[] ends = near.split(" > ");
            Conversation atNear = packets("near", near);
            Conversation atFar = packets("far", ends[1] + " > " + ends[0]);
            if (!atNear.ends(true).equals(atFar.ends(false))
                    || !atFar.ends(true).equals(atNear.ends(false))) {
                throw new IOException("the two captures of " + situation + " show other FINs and RSTs of " + near);
            }
        }
    }

    String situation() {
        return situation;
    }

    long netns(String side) {
        return lab.netns(side);
    }

    /** Every connection as this side sees it: "LOCAL > REMOTE". */
    Set<String> connections(String side) {
        return lab.pids(side).keySet();
    }

    Conversation packets(String side, String connection) {
        String[] ends = connection.split(" > ");
        return new Conversation(packets.get(side), ends[0], ends[1]);
    }

    /** What the wire proves of that end. */
    EndFacts facts(String side, String connection) {
        return new WireEnd(packets(side, connection), inputDropped(side)).facts();
    }

    private boolean inputDropped(String side) {
        return eaten.properties().stream()
                .anyMatch(e ->
                        e.getKey().startsWith(side + " INPUT ") && e.getValue().asInt() > 0);
    }

    @Override
    public void close() throws IOException {
        for (PacketCapture capture : captures.values()) {
            capture.close();
        }
    }
}

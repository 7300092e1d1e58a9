package io.fintrail.view;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Map;

/** The fields of a group line. */
final class StuckJson {
    private static final int MOST_PEERS = 10;

    private StuckJson() {}

    static void write(JsonGenerator to, StuckGroup group, WallClock clock) throws IOException {
        to.writeStringField("verdict", group.key.verdict().name());
        to.writeNumberField("count", group.count);
        to.writeObjectFieldStart("holder");
        to.writeStringField("comm", group.pids.isEmpty() ? null : Hostile.shown(group.key.name()));
        to.writeStringField("belongsTo", group.key.belongsTo().isEmpty() ? null : group.key.belongsTo());
        to.writeArrayFieldStart("pids");
        for (int pid : group.pids) {
            to.writeNumber(pid);
        }
        to.writeEndArray();
        to.writeEndObject();
        to.writeStringField("service", group.key.service());
        to.writeObjectFieldStart("states");
        for (Map.Entry<String, Integer> state : group.states.entrySet()) {
            to.writeNumberField(state.getKey(), state.getValue());
        }
        to.writeEndObject();
        to.writeNumberField("oldestNs", group.oldestNs);
        to.writeBooleanField("oldestIsAtLeast", group.oldestIsAtLeast);
        to.writeNumberField("sentButLost", group.sentButLost);
        to.writeObjectFieldStart("kernelEnds");
        to.writeNumberField("count", group.endsByItself);
        Long lastNs = group.lastEndNs;
        to.writeStringField("lastAt", lastNs == null ? null : clock.rfc3339(lastNs));
        to.writeStringField("by", group.endedBy);
        to.writeEndObject();
        to.writeArrayFieldStart("peers");
        for (Map.Entry<String, Integer> peer : group.mostPeers(MOST_PEERS)) {
            to.writeStartObject();
            to.writeStringField("address", peer.getKey());
            to.writeNumberField("count", peer.getValue());
            to.writeEndObject();
        }
        to.writeEndArray();
        to.writeStringField("mustAct", group.example.mustAct().toString());
        to.writeStringField("meaning", Hostile.shown(group.example.meaning()));
        to.writeArrayFieldStart("advice");
        for (String advice : group.example.advice()) {
            to.writeString(advice);
        }
        to.writeEndArray();
    }
}

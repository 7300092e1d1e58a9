package io.fintrail.view;

import com.fasterxml.jackson.core.JsonGenerator;
import io.fintrail.incident.Incident;
import io.fintrail.lifecycle.Holder;
import io.fintrail.verdict.VerdictName;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The fields of an incident line. */
final class IncidentJson {
    private IncidentJson() {}

    static void write(JsonGenerator to, Incident incident, WallClock clock) throws IOException {
        to.writeStringField("id", Hostile.shown(incident.id()));
        to.writeStringField("at", clock.rfc3339(incident.atNs()));
        to.writeNumberField("ktimeNs", incident.atNs());
        to.writeStringField("changed", incident.changed().name().toLowerCase(Locale.ROOT));
        to.writeStringField("kind", incident.kind().name());
        to.writeStringField("openedAt", clock.rfc3339(incident.openedAtNs()));
        holder(to, incident);
        to.writeStringField("service", incident.service().isEmpty() ? null : Hostile.shown(incident.service()));
        to.writeNumberField("size", incident.size());
        Double growth = incident.growthPerSecond();
        if (growth == null) {
            to.writeNullField("growthPerSecond");
        } else {
            to.writeNumberField("growthPerSecond", growth);
        }
        to.writeStringField("oldest", clock.rfc3339(incident.oldestNs()));
        to.writeBooleanField("oldestIsAtLeast", incident.oldestIsAtLeast());
        counts(to, "closedFirst", incident.closedFirst());
        to.writeObjectFieldStart("verdicts");
        for (Map.Entry<VerdictName, Integer> verdict : incident.verdicts().entrySet()) {
            to.writeNumberField(verdict.getKey().name(), verdict.getValue());
        }
        to.writeEndObject();
        peers(to, incident);
        fin(to, incident.fin());
        pairing(to, incident.pairing());
        limits(to, incident.limits());
        to.writeStringField("headline", Hostile.shown(incident.headline()));
        to.writeStringField("waitsFor", Hostile.shown(incident.waitsFor()));
        to.writeStringField("ends", Hostile.shown(incident.ends()));
        reliefs(to, incident.doNow());
        texts(to, "prevent", incident.prevent());
        texts(to, "notACure", incident.notACure());
        texts(to, "cannotKnowFromHere", incident.cannotKnowFromHere());
    }

    private static void holder(JsonGenerator to, Incident incident) throws IOException {
        Holder holder = incident.holder();
        if (holder == null) {
            to.writeNullField("holder");
            return;
        }
        to.writeObjectFieldStart("holder");
        HoldersJson.fields(to, holder, incident.process());
        to.writeEndObject();
    }

    private static void counts(JsonGenerator to, String name, Map<String, Integer> counts) throws IOException {
        to.writeObjectFieldStart(name);
        for (Map.Entry<String, Integer> count : counts.entrySet()) {
            to.writeNumberField(Hostile.shown(count.getKey()), count.getValue());
        }
        to.writeEndObject();
    }

    private static void peers(JsonGenerator to, Incident incident) throws IOException {
        to.writeArrayFieldStart("peers");
        for (Incident.Peer peer : incident.peers()) {
            to.writeStartObject();
            to.writeStringField("address", Hostile.shown(peer.address()));
            to.writeNumberField("count", peer.count());
            to.writeEndObject();
        }
        to.writeEndArray();
        to.writeNumberField("morePeers", incident.morePeers());
    }

    private static void fin(JsonGenerator to, Incident.FinFate fin) throws IOException {
        to.writeObjectFieldStart("fin");
        to.writeNumberField("sentButLost", fin.sentButLost());
        to.writeNumberField("lostUnwatched", fin.lostUnwatched());
        to.writeNumberField("neverSent", fin.neverSent());
        to.writeNumberField("unsent", fin.unsent());
        to.writeNumberField("droppedHere", fin.droppedHere());
        to.writeNumberField("unknown", fin.unknown());
        counts(to, "droppedBy", fin.droppedBy());
        to.writeEndObject();
    }

    private static void pairing(JsonGenerator to, Incident.Pairing pairing) throws IOException {
        to.writeObjectFieldStart("pairing");
        to.writeNumberField("certain", pairing.certain());
        to.writeNumberField("inferred", pairing.inferred());
        to.writeNumberField("none", pairing.none());
        to.writeEndObject();
    }

    private static void limits(JsonGenerator to, List<Incident.Limit> limits) throws IOException {
        to.writeArrayFieldStart("limits");
        for (Incident.Limit limit : limits) {
            to.writeStartObject();
            to.writeStringField("what", Hostile.shown(limit.what()));
            to.writeNumberField("used", limit.used());
            Long most = limit.most();
            if (most == null) {
                to.writeNullField("most");
            } else {
                to.writeNumberField("most", most);
            }
            to.writeEndObject();
        }
        to.writeEndArray();
    }

    private static void reliefs(JsonGenerator to, List<Incident.Relief> reliefs) throws IOException {
        to.writeArrayFieldStart("doNow");
        for (Incident.Relief relief : reliefs) {
            to.writeStartObject();
            to.writeStringField("do", Hostile.shown(relief.what()));
            to.writeNumberField("frees", relief.frees());
            to.writeEndObject();
        }
        to.writeEndArray();
    }

    private static void texts(JsonGenerator to, String name, List<String> texts) throws IOException {
        to.writeArrayFieldStart(name);
        for (String text : texts) {
            to.writeString(Hostile.shown(text));
        }
        to.writeEndArray();
    }
}

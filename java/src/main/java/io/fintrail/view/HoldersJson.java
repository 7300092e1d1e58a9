package io.fintrail.view;

import com.fasterxml.jackson.core.JsonGenerator;
import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.ProcessInfo;
import io.fintrail.lifecycle.SocketLifecycle;
import io.fintrail.lifecycle.ThreadActivity;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The holders of a verdict line, with what is known of their processes and threads. */
final class HoldersJson {
    private HoldersJson() {}

    static void write(JsonGenerator to, SocketLifecycle story) throws IOException {
        to.writeArrayFieldStart("holders");
        for (Holder holder : story.holders()) {
            to.writeStartObject();
            fields(to, holder, story.process(holder.pid()));
            threads(to, story.threads(holder.pid()));
            to.writeEndObject();
        }
        to.writeEndArray();
    }

    /** Who it is, without what its threads do. */
    static void fields(JsonGenerator to, Holder holder, ProcessInfo process) throws IOException {
        to.writeNumberField("pid", holder.pid());
        to.writeStringField("comm", Hostile.shown(holder.comm()));
        Integer fd = holder.fd();
        if (fd == null) {
            to.writeNullField("fd");
        } else {
            to.writeNumberField("fd", fd);
        }
        text(to, "executable", process.executable());
        text(to, "container", process.container());
        text(to, "pod", process.pod());
        text(to, "unit", process.unit());
    }

    private static void text(JsonGenerator to, String name, @Nullable String value) throws IOException {
        to.writeStringField(name, value == null ? null : Hostile.shown(value));
    }

    private static void threads(JsonGenerator to, @Nullable ThreadActivity threads) throws IOException {
        if (threads == null) {
            to.writeNullField("threads");
            return;
        }
        to.writeObjectFieldStart("threads");
        to.writeStringField("are", threads.kind().name().toLowerCase(Locale.ROOT));
        to.writeNumberField("count", threads.count());
        to.writeNumberField("looked", threads.looked());
        to.writeNumberField("ran", threads.ran());
        to.writeNumberField("spanNs", threads.spanNs());
        counts(to, "states", threads.states());
        counts(to, "waits", threads.waits());
        to.writeEndObject();
    }

    private static void counts(JsonGenerator to, String name, Map<String, Integer> counts) throws IOException {
        to.writeObjectFieldStart(name);
        for (Map.Entry<String, Integer> count : counts.entrySet()) {
            to.writeNumberField(Hostile.shown(count.getKey()), count.getValue());
        }
        to.writeEndObject();
    }
}

package io.fintrail.lifecycle;

import io.fintrail.event.HostNote;
import org.jspecify.annotations.Nullable;

/** Who a process is; null where the host does not say. All of it is hostile text. */
public record ProcessInfo(
        @Nullable String executable,
        @Nullable String unit,
        @Nullable String container,
        @Nullable String pod) {
    public static final ProcessInfo UNKNOWN = new ProcessInfo(null, null, null, null);

    static ProcessInfo of(HostNote note) {
        return new ProcessInfo(
                note.fields().get("executable"),
                note.fields().get("unit"),
                note.fields().get("container"),
                note.fields().get("pod"));
    }
}

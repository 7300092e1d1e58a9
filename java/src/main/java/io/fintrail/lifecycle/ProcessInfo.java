package io.fintrail.lifecycle;

import io.fintrail.event.HostNote;
import org.jspecify.annotations.Nullable;

/** Who a process is, and which network namespace it is in; null where the host does not say. The texts are hostile. */
public record ProcessInfo(
        @Nullable String executable,
        @Nullable String unit,
        @Nullable String container,
        @Nullable String pod,
        @Nullable Long netns) {
    public static final ProcessInfo UNKNOWN = new ProcessInfo(null, null, null, null, null);

    static ProcessInfo of(HostNote note) {
        return new ProcessInfo(
                note.fields().get("executable"),
                note.fields().get("unit"),
                note.fields().get("container"),
                note.fields().get("pod"),
                note.fields().containsKey("netns") ? note.number("netns") : null);
    }
}

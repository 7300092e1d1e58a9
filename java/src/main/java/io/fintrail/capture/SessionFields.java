package io.fintrail.capture;

import java.util.List;
import java.util.TreeMap;

/** What a session says of its programs, whichever way they were loaded. */
final class SessionFields {
    private SessionFields() {}

    static void describe(
            TreeMap<String, String> fields,
            Loader loader,
            List<Tracepoint> attached,
            CaptureFilter filter,
            KernelShape shape) {
        fields.put("loader", loader.toString());
        fields.put(
                "programs",
                String.join(",", attached.stream().map(Tracepoint::kernelName).toList()));
        fields.put(
                "ports",
                String.join(",", filter.ports().stream().map(String::valueOf).toList()));
        fields.put("netns", Long.toString(filter.netns()));
        shape.describe(fields);
    }
}

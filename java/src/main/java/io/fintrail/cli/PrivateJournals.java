package io.fintrail.cli;

import java.nio.file.Path;

/** Where journals live that nobody asked to keep: a directory of this user's own, never a shared one. */
final class PrivateJournals {
    private PrivateJournals() {}

    static Path parent() {
        String given = System.getProperty("fintrail.private");
        if (given != null) {
            return Path.of(given);
        }
        boolean root = "root".equals(System.getProperty("user.name"));
        String cache = System.getenv("XDG_CACHE_HOME");
        Path home = Path.of(System.getProperty("user.home"));
        Path user = cache == null ? home.resolve(".cache") : Path.of(cache);
        return root ? Path.of("/var/cache/fintrail") : user.resolve("fintrail/live");
    }
}

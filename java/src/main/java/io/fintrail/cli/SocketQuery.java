package io.fintrail.cli;

import io.fintrail.event.Endpoint;
import io.fintrail.event.SocketId;
import io.fintrail.lifecycle.SocketLifecycle;
import org.jspecify.annotations.Nullable;

/** Which connection a user means: COOKIE, COOKIE.GENERATION, or LOCAL-REMOTE. */
sealed interface SocketQuery {
    boolean means(SocketLifecycle story);

    /** Why {@code story}, which is not meant, may be what the user looks for; null when it is nothing like that. */
    @Nullable
    String hint(SocketLifecycle story);

    /** Of a socket: any of its connections, or one. */
    record ById(long cookie, @Nullable Integer generation) implements SocketQuery {
        @Override
        public boolean means(SocketLifecycle story) {
            SocketId id = story.id();
            return id.cookie() == cookie && (generation == null || id.generation() == generation);
        }

        @Override
        public @Nullable String hint(SocketLifecycle story) {
            return story.id().cookie() == cookie ? "that socket's last connection in it is " + story.id() : null;
        }
    }

    /** By the addresses. */
    record ByAddress(Endpoint local, Endpoint remote) implements SocketQuery {
        @Override
        public boolean means(SocketLifecycle story) {
            return story.remote().equals(remote) && story.local().equals(local);
        }

        @Override
        public @Nullable String hint(SocketLifecycle story) {
            boolean turnedRound = story.remote().equals(local) && story.local().equals(remote);
            return turnedRound
                    ? "the other way round it is socket " + story.id() + ": the local address comes first"
                    : null;
        }
    }

    /** @throws IllegalArgumentException if {@code text} is none of them */
    static SocketQuery parse(String text) {
        if (text.matches("\\d{1,20}(\\.\\d{1,9})?")) {
            int dot = text.indexOf('.');
            String cookie = dot < 0 ? text : text.substring(0, dot);
            return new ById(parseCookie(cookie), dot < 0 ? null : Integer.valueOf(text.substring(dot + 1)));
        }
        int dash = text.indexOf('-');
        if (dash < 0) {
            throw new IllegalArgumentException("'" + text + "' is no COOKIE, COOKIE.GENERATION or LOCAL-REMOTE such as"
                    + " 10.0.0.1:443-10.0.0.9:33332 or [fd00::1]:443-[fd00::9]:33332");
        }
        return new ByAddress(Endpoint.parse(text.substring(0, dash)), Endpoint.parse(text.substring(dash + 1)));
    }

    private static long parseCookie(String text) {
        try {
            return Long.parseUnsignedLong(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("cookie " + text + " is more than 64 bits hold", e);
        }
    }
}

package io.fintrail.lifecycle;

import io.fintrail.event.HostNote;
import java.util.ArrayList;
import java.util.List;

/** What haproxy said of itself on its stats socket {@code socket}. Names and paths are hostile text. */
public record HaproxyWord(long atNs, String socket, long connections, long maxconn, List<Server> servers) {
    /** A server of a backend, and how many sessions it has: all of them, stuck or not. */
    public record Server(String name, String address, long sessions) {}

    static HaproxyWord of(HostNote note) {
        List<Server> servers = new ArrayList<>();
        for (String word : note.text("servers").split(" ")) {
            String[] parts = word.split("=", 3);
            if (parts.length == 3 && parts[2].matches("[0-9]{1,9}")) {
                servers.add(new Server(parts[0], parts[1], Long.parseLong(parts[2])));
            }
        }
        return new HaproxyWord(
                note.ktimeNs(),
                note.text("socket"),
                note.number("connections"),
                note.number("maxconn"),
                List.copyOf(servers));
    }
}

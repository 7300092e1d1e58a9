package io.fintrail.view;

import io.fintrail.event.TcpEvent;
import io.fintrail.event.TcpEventKind;
import io.fintrail.lifecycle.Evidence;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * All that was told of one connection, repeats folded as they come. Bounded: of more than twice {@value #MAX_KEPT}
 * entries the first and the newest are kept, and what is between is counted. Single-threaded.
 */
public final class StoryLog {
    private static final int MAX_KEPT = 256;

    private final SocketLifecycle story;
    private final Recording recording;
    private final List<LogEntry> first = new ArrayList<>();
    private final Deque<LogEntry> newest = new ArrayDeque<>();
    private boolean looksFolded;
    private long left;
    private long leftAtNs;
    private @Nullable LogEntry last;
    private @Nullable OpenLook look;
    private long lastIndex;

    /** A snapshot shows a row, then its holders: together they are one look. */
    private static final class OpenLook {
        private final long atNs;
        private @Nullable TcpEvent row;
        private final TreeSet<String> holders = new TreeSet<>();

        OpenLook(long atNs) {
            this.atNs = atNs;
        }

        LogEntry entry() {
            TcpEvent seen = row;
            return new LogEntry.Looks(atNs, atNs, 1, seen, seen == null ? null : LookFacts.of(seen), holders);
        }
    }

    /** Begins with what the story has kept so far. */
    public StoryLog(SocketLifecycle story, Recording recording) {
        this.story = story;
        this.recording = recording;
        TcpEventKind before = TcpEventKind.UNKNOWN;
        for (Evidence evidence : story.events()) {
            TcpEventKind kind = evidence.event().kind();
            // Of looks in a row a story keeps the first and the newest: how many were between is not known.
            looksFolded |= kind == before && kind == TcpEventKind.SOCKET;
            before = kind;
            add(evidence);
        }
        if (story.omittedEvents() > 0) {
            push(new LogEntry.Omitted(story.lastEventNs(), story.omittedEvents()));
        }
    }

    public SocketLifecycle story() {
        return story;
    }

    Recording recording() {
        return recording;
    }

    /** Takes each event once, in the story's order. */
    public void add(Evidence evidence) {
        if (evidence.index() == lastIndex && lastIndex != 0) {
            return; // what the story had kept when this began
        }
        lastIndex = evidence.index();
        switch (evidence.event().kind()) {
            case SOCKET -> {
                closeLook();
                look = new OpenLook(evidence.atNs());
                look.row = evidence.event();
            }
            case HOLDER -> addHolder(evidence);
            default -> {
                closeLook();
                push(LogEntry.Fact.of(evidence));
            }
        }
    }

    private void addHolder(Evidence evidence) {
        TcpEvent event = evidence.event();
        String holder = event.comm() + "[" + event.pid() + "] fd " + event.fd();
        if (look == null || look.holders.contains(holder)) {
            closeLook();
            look = new OpenLook(evidence.atNs());
        }
        look.holders.add(holder);
    }

    private void closeLook() {
        if (look != null) {
            OpenLook done = look;
            look = null;
            push(done.entry());
        }
    }

    private void push(LogEntry entry) {
        LogEntry merged = last == null ? null : last.with(entry);
        if (merged != null) {
            last = merged;
            return;
        }
        if (last != null) {
            store(last);
        }
        last = entry;
    }

    private void store(LogEntry entry) {
        if (first.size() < MAX_KEPT) {
            first.add(entry);
            return;
        }
        newest.addLast(entry);
        if (newest.size() > MAX_KEPT) {
            leftAtNs = left == 0 ? newest.getFirst().firstNs() : leftAtNs;
            newest.removeFirst();
            left++;
        }
    }

    /** In their order. */
    List<LogEntry> entries() {
        closeLook();
        List<LogEntry> all = new ArrayList<>(first);
        if (left > 0) {
            all.add(new LogEntry.Omitted(leftAtNs, left));
        }
        all.addAll(newest);
        if (last != null) {
            all.add(last);
        }
        return all;
    }

    /** How often was looked is then a lower bound. */
    boolean looksFolded() {
        return looksFolded;
    }

    /** Ktime of the first thing known of it. */
    long firstNs() {
        return story.events().get(0).atNs();
    }
}

package io.fintrail.view;

import io.fintrail.lifecycle.Holder;
import io.fintrail.lifecycle.Ownership;
import io.fintrail.lifecycle.ProcessInfo;
import io.fintrail.lifecycle.SocketLifecycle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** Who, when, and from where on it is known. */
final class StoryHead {
    private static final int MAX_HOLDERS = 8;
    private static final int MPTCP = 262;

    private final WallClock clock;
    private final List<StoryTeller.Row> rows = new ArrayList<>();

    private StoryHead(WallClock clock) {
        this.clock = clock;
    }

    /** @param asked whether somebody asked for this leg of the two */
    static List<StoryTeller.Row> of(ConnectionStory told, Legs legs, WallClock clock, boolean asked) {
        StoryHead head = new StoryHead(clock);
        head.tell(told, legs, asked);
        return head.rows;
    }

    private void tell(ConnectionStory told, Legs legs, boolean askedForOne) {
        SocketLifecycle story = told.log().story();
        for (int leg = 0; leg < legs.logs().size(); leg++) {
            SocketLifecycle it = legs.logs().get(leg).story();
            boolean asked = askedForOne && legs.isPair() && it == story;
            row(legs.isPair() ? legs.marks().get(leg) : "connection", named(it) + (asked ? "  (asked for)" : ""));
        }
        each("holder", legs, log -> holders(log.story(), told.isOver(log)));
        when(told, legs);
        each("known from", legs, log -> List.of(knownFrom(log.story())));
        SocketLifecycle end = told.otherEnd();
        if (end != null) {
            row(
                    "other end",
                    "in this journal too, as socket " + end.id() + " in netns " + end.netns() + ": `explain` with "
                            + end.id() + " tells its side");
        }
    }

    private void each(String label, Legs legs, Function<StoryLog, List<String>> says) {
        String before = "";
        for (int leg = 0; leg < legs.logs().size(); leg++) {
            String mark = legs.isPair() ? legs.marks().get(leg) + ": " : "";
            for (String line : says.apply(legs.logs().get(leg))) {
                row(before.equals(label) ? "" : label, mark + line);
                before = label;
            }
        }
    }

    private static String named(SocketLifecycle story) {
        return story.local() + " > " + story.remote() + "  socket " + story.id() + "  netns " + story.netns()
                + (story.protocol() == MPTCP ? "  mptcp" : "");
    }

    private static List<String> holders(SocketLifecycle story, boolean over) {
        List<String> names = new ArrayList<>(story.holders().stream()
                .limit(MAX_HOLDERS)
                .map(h -> holder(story, h))
                .toList());
        int more = story.holders().size() - names.size();
        if (more > 0) {
            names.add("and " + more + " more");
        }
        boolean held = !over && story.ownership() == Ownership.HELD;
        if (names.isEmpty()) {
            return List.of(nobodyKnown(story.ownership()));
        }
        if (!held) {
            boolean orphan = !over && story.ownership() == Ownership.ORPHAN;
            names.set(0, (orphan ? "nobody: an orphan; the last was " : "the last was ") + names.get(0));
        }
        return names;
    }

    private static String nobodyKnown(Ownership ownership) {
        return switch (ownership) {
            case ORPHAN -> "nobody: an orphan";
            case UNACCEPTED -> "nobody: no application has accepted it";
            case HELD, UNKNOWN -> "not known";
        };
    }

    private static String holder(SocketLifecycle story, Holder holder) {
        ProcessInfo process = story.process(holder.pid());
        List<String> facts = Stream.of(
                        process.executable(),
                        process.unit(),
                        process.container() == null ? null : "container " + process.container(),
                        process.pod() == null ? null : "pod " + process.pod())
                .filter(java.util.Objects::nonNull)
                .toList();
        return holder.comm() + "[" + holder.pid() + "]" + (holder.fd() == null ? "" : " fd " + holder.fd())
                + (facts.isEmpty() ? "" : "  " + String.join(", ", facts));
    }

    private void when(ConnectionStory told, Legs legs) {
        long firstNs = legs.firstNs();
        long endNs = StoryTeller.endNs(told, legs);
        row("began", clock.rfc3339(firstNs) + ", 0 in what follows");
        row(
                "lasted",
                WallClock.duration(endNs - firstNs)
                        + (told.isOver() ? "" : " until the journal ends, and it is not over then"));
    }

    private static String knownFrom(SocketLifecycle story) {
        return switch (story.historyFrom()) {
            case BIRTH -> "its birth: nothing came before";
            case SNAPSHOT ->
                "a snapshot: it was there before. How it began, and what happened until then, is not known"
                        + stoodBefore(story);
            case FIRST_EVENT ->
                "its first event: it was there before, and no snapshot had met it. How it began, and what happened"
                        + " until then, is not known.";
        };
    }

    private static String stoodBefore(SocketLifecycle story) {
        long beforeNs = story.events().get(0).atNs() - story.sinceNs();
        return beforeNs <= 0
                ? "."
                : "; it had been in " + story.state() + " for at least " + WallClock.duration(beforeNs) + " by then.";
    }

    private void row(String label, String text) {
        rows.add(new StoryTeller.Row(label, "", Hostile.shown(text)));
    }
}

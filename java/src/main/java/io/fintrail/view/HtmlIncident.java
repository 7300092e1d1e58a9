package io.fintrail.view;

import io.fintrail.incident.Incident;
import io.fintrail.incident.IncidentKind;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** One incident of the page: what is wrong in a paragraph, the numbers, what to do, and a typical story. */
final class HtmlIncident {
    /** Sockets a second that are worth saying. */
    private static final double LEAST_GROWTH = 0.05;

    private final Html to;
    private final Report.Coverage covers;
    private final Report.Noticed noticed;
    private final Incident incident;

    HtmlIncident(Html to, Report.Noticed noticed, Report.Coverage covers) {
        this.to = to;
        this.covers = covers;
        this.noticed = noticed;
        this.incident = noticed.incident();
    }

    void write() {
        String whose = IncidentFacts.whose(incident);
        to.open("section", "class", noticed.isOver() ? "incident over" : "incident");
        to.element(
                "p",
                "Incident, " + (noticed.isOver() ? incident.size() == 0 ? "over" : "ended" : "stands") + ": "
                        + incident.kind(),
                "class",
                "kicker");
        to.element("h2", whose.isEmpty() ? incident.kind().name() : whose);
        to.open("p", "class", "lead").prose(incident.headline()).close();
        figures();
        bars();
        to.open("div", "class", "two");
        says("What holds it", incident.waitsFor());
        says("What ends it", incident.ends());
        to.close();
        help();
        each("What cannot be known from here", incident.cannotKnowFromHere(), "unknown");
        to.open("details").element("summary", "All the numbers it rests on").open("dl");
        for (IncidentFacts.Row row : IncidentFacts.of(incident, noticed.clock())) {
            to.element("dt", row.label()).element("dd", row.says());
        }
        to.element("dt", "id").element("dd", incident.id());
        to.close().close();
        typical();
        to.close();
    }

    private void figures() {
        to.open("ul", "class", "figures");
        boolean sessions = incident.kind() == IncidentKind.PROXY_PAIR_PILE;
        figure(String.valueOf(incident.size()), sessions ? "proxied sessions" : "connections");
        figure(
                (incident.oldestIsAtLeast() ? "at least " : "") + WallClock.duration(noticed.oldestForNs(covers)),
                noticed.isOver() ? "the oldest stood" : "the oldest stands");
        Double growth = incident.growthPerSecond();
        if (growth != null && noticed.isFresh(covers) && Math.abs(growth) >= LEAST_GROWTH) {
            figure(String.format(Locale.ROOT, "%+.1f/s", growth), "growth");
        }
        for (Incident.Limit limit : incident.limits()) {
            to.open("li", "class", limit.isReached() ? "full" : "");
            to.element("strong", IncidentFacts.used(limit));
            to.element("span", limit.what()).close();
        }
        to.close();
    }

    private void figure(String number, String of) {
        to.open("li").element("strong", number).element("span", of).close();
    }

    private void bars() {
        Map<String, Integer> fates = new LinkedHashMap<>();
        fates.put("sent and lost", incident.fin().sentButLost());
        fates.put("dropped on this host", incident.fin().droppedHere());
        fates.put("never sent", incident.fin().neverSent());
        if (incident.fin().unsent() > 0) {
            fates.put("asked for, unsent", incident.fin().unsent());
        }
        fates.put("unknown", incident.fin().unknown());
        to.open("div", "class", "two").open("div");
        to.element("h3", "Who closed first");
        HtmlBars.write(to, incident.closedFirst());
        to.close().open("div");
        if (fates.values().stream().anyMatch(count -> count > 0)) {
            to.element("h3", "What became of the peers\u2019 FINs");
            HtmlBars.write(to, fates);
        }
        to.close().close();
    }

    private void says(String title, String sentence) {
        if (!sentence.isEmpty()) {
            to.open("div")
                    .element("h3", title)
                    .open("p")
                    .prose(sentence)
                    .close()
                    .close();
        }
    }

    private void help() {
        if (!incident.doNow().isEmpty()) {
            to.open("div", "class", "do").element("h3", "Do now").open("ul");
            for (Incident.Relief relief : incident.doNow()) {
                to.open("li").prose(relief.what()).element("span", ": frees " + relief.frees(), "class", "muted");
                to.close();
            }
            to.close().close();
        }
        to.open("div", "class", "two");
        each("So that it does not come again", incident.prevent(), "prevent");
        each("Not a cure", incident.notACure(), "not");
        to.close();
    }

    private void each(String title, List<String> sentences, String kind) {
        if (sentences.isEmpty()) {
            return;
        }
        to.open("div", "class", kind).element("h3", title).open("ul");
        sentences.forEach(sentence -> to.open("li").prose(sentence).close());
        to.close().close();
    }

    private void typical() {
        ReportStory story = noticed.typical();
        if (story != null) {
            to.element("h3", "A typical one");
            to.open("dl");
            for (StoryTeller.Row row : story.head()) {
                to.element("dt", row.label()).element("dd", row.text());
            }
            to.close();
            HtmlTimeline.write(to, story.timeline());
        }
        ReportRow oldest = noticed.oldest();
        if (oldest != null) {
            to.open("p").text("The oldest: ");
            to.element("a", oldest.local() + " > " + oldest.remote(), "href", "#socket-" + oldest.id());
            to.text(
                            noticed.members() == 1
                                    ? ". It alone fits this incident in the table below."
                                    : ". " + noticed.members() + " connections in the table below fit this incident.")
                    .close();
        }
    }
}

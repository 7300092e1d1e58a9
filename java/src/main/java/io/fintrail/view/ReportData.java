package io.fintrail.view;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What report.js reads: connections and stories as arrays, in the order that it names, with each text once in
 * {@code words} and its number wherever it is said. In it nothing can end the script element that it stands in.
 */
final class ReportData {
    /** Of all words together: what the largest of files may hold, next to twenty thousand rows. */
    static final int MOST_WORDS_CHARS = 2_200_000;

    private static final long MS_NS = 1_000_000;

    private final Report report;
    private final Map<String, Integer> words = new LinkedHashMap<>();
    private long wordsChars;

    private ReportData(Report report) {
        this.report = report;
    }

    static void write(Report report, Writer to) throws IOException {
        JsonFactory factory = new JsonFactory();
        factory.setCharacterEscapes(new InScript());
        factory.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
        try (JsonGenerator json = factory.createGenerator(to)) {
            new ReportData(report).write(json);
        }
    }

    private void write(JsonGenerator to) throws IOException {
        to.writeStartObject();
        to.writeStringField("journal", Hostile.shown(report.covers().journal()));
        List<ReportStory> told = new ArrayList<>();
        Map<ReportTable.Key, Integer> stories = new HashMap<>();
        to.writeArrayFieldStart("stories");
        for (ReportStory story : report.stories()) {
            if (wordsChars > MOST_WORDS_CHARS) {
                break;
            }
            write(to, story);
            story.keys().forEach(key -> stories.putIfAbsent(key, told.size()));
            told.add(story);
        }
        to.writeEndArray();
        to.writeArrayFieldStart("rows");
        for (ReportRow row : report.rows()) {
            write(to, row, stories.get(ReportTable.Key.of(row)));
        }
        to.writeEndArray();
        to.writeArrayFieldStart("words");
        for (String word : words.keySet()) {
            to.writeString(word);
        }
        to.writeEndArray();
        to.writeEndObject();
    }

    private int word(String text) {
        return words.computeIfAbsent(text, word -> {
            wordsChars += word.length();
            return words.size();
        });
    }

    private void write(JsonGenerator to, ReportStory story) throws IOException {
        to.writeStartArray();
        to.writeStartArray();
        for (StoryTeller.Row row : story.head()) {
            to.writeStartArray();
            to.writeNumber(word(row.label()));
            to.writeNumber(word(row.text()));
            to.writeEndArray();
        }
        to.writeEndArray();
        to.writeStartArray();
        for (StoryTeller.Row row : story.timeline()) {
            to.writeStartArray();
            to.writeString(row.label());
            to.writeNumber(word(row.mark()));
            to.writeNumber(word(row.text()));
            to.writeEndArray();
        }
        to.writeEndArray();
        words(to, story.doubts());
        to.writeNumber(word(story.verdict()));
        words(to, story.says());
        to.writeEndArray();
    }

    private void words(JsonGenerator to, List<String> texts) throws IOException {
        to.writeStartArray();
        for (String text : texts) {
            to.writeNumber(word(text));
        }
        to.writeEndArray();
    }

    private void write(JsonGenerator to, ReportRow row, @Nullable Integer story) throws IOException {
        to.writeStartArray();
        to.writeString(row.id().toString());
        to.writeString(row.local().toString());
        to.writeString(row.remote().toString());
        to.writeString(row.otherLeg() == null ? "" : row.otherLeg().toString());
        to.writeNumber(word(row.state().name()));
        to.writeNumber(word(row.verdict().name()));
        to.writeNumber(word(row.certainty().name().toLowerCase(Locale.ROOT)));
        to.writeNumber(word(row.severity().name().toLowerCase(Locale.ROOT)));
        to.writeNumber(row.isFinal() ? 1 : 0);
        long ns = row.isFinal()
                ? row.atNs() - report.covers().fromNs()
                : report.covers().toNs() - row.sinceNs();
        to.writeNumber(Math.max(0, ns) / MS_NS);
        to.writeNumber(row.sinceIsAtLeast() ? 1 : 0);
        to.writeNumber(word(row.closedFirst()));
        to.writeNumber(word(row.peerFin()));
        to.writeNumber(word(row.holder()));
        to.writeNumber(word(row.findings()));
        to.writeNumber(story == null ? -1 : story);
        to.writeEndArray();
    }

    /** What HTML or an old JavaScript could take for something else is written as a number. */
    private static final class InScript extends CharacterEscapes {
        private static final long serialVersionUID = 1L;
        private static final SerializableString LINE = new SerializedString("\\u2028");
        private static final SerializableString PARAGRAPH = new SerializedString("\\u2029");

        private final int[] ascii = standardAsciiEscapesForJSON();

        InScript() {
            ascii['<'] = ESCAPE_STANDARD;
            ascii['>'] = ESCAPE_STANDARD;
            ascii['&'] = ESCAPE_STANDARD;
        }

        @Override
        public int[] getEscapeCodesForAscii() {
            return ascii.clone();
        }

        @Override
        public @Nullable SerializableString getEscapeSequence(int character) {
            return character == 0x2028 ? LINE : character == 0x2029 ? PARAGRAPH : null;
        }
    }
}

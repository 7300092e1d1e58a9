package io.fintrail.cli;

import io.fintrail.event.TraceSink;
import io.fintrail.journal.JournalReader;
import io.fintrail.journal.TrailReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads whatever a user calls a journal: a directory, or a trail in a file. */
final class JournalSource {
    private JournalSource() {}

    static void read(Path journal, TraceSink sink) throws IOException {
        if (Files.isDirectory(journal)) {
            try (JournalReader reader = JournalReader.open(journal)) {
                reader.readAll(sink);
            }
            return;
        }
        try (BufferedReader lines = Files.newBufferedReader(journal, StandardCharsets.UTF_8)) {
            TrailReader.read(lines, sink);
        }
    }
}

package io.fintrail.cli;

import io.fintrail.event.TraceSink;
import io.fintrail.journal.JournalReader;
import io.fintrail.journal.TrailReader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whatever a user calls a journal, opened: a directory, or a trail in a file. */
final class JournalSource implements AutoCloseable {
    private interface Contents {
        void read(TraceSink sink) throws IOException;
    }

    private interface Closing {
        void close() throws IOException;
    }

    private final Contents contents;
    private final Closing closing;

    private JournalSource(Contents contents, Closing closing) {
        this.contents = contents;
        this.closing = closing;
    }

    /** Fails at once where nothing can be read, before anything is shown. */
    static JournalSource open(Path journal) throws IOException {
        if (Files.isDirectory(journal)) {
            JournalReader reader = JournalReader.open(journal);
            return new JournalSource(reader::readAll, reader::close);
        }
        BufferedReader lines = Files.newBufferedReader(journal, StandardCharsets.UTF_8);
        return new JournalSource(sink -> TrailReader.read(lines, sink), lines::close);
    }

    void read(TraceSink sink) throws IOException {
        contents.read(sink);
    }

    @Override
    public void close() throws IOException {
        closing.close();
    }
}

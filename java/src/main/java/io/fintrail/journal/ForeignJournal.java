package io.fintrail.journal;

import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What another version of fintrail wrote, told by the words that each of them puts into a file's first document. */
final class ForeignJournal {
    private static final Pattern FORMAT = Pattern.compile("\\bformat=(\\d{1,9})\\b");
    private static final Pattern LAYOUT = Pattern.compile("\\blayout=([0-9a-f]{1,64})\\b");

    /** A file's own pages and its first document are in here. */
    private static final int BEGINNING_BYTES = 256 << 10;

    /** Names of the folders for {@link #setAside} begin so. */
    static final String ASIDE = "layout-";

    private ForeignJournal() {}

    /** @throws DamagedJournalException naming both formats, if the document says another one */
    static void refuseIfForeign(Path directory, ByteBuffer document) {
        byte[] bytes = new byte[document.remaining()];
        document.duplicate().get(bytes);
        refuseIfForeign(directory, bytes);
    }

    /** @throws DamagedJournalException if that session is of another format or layout */
    static void refuseIfForeign(Path directory, Session session) {
        boolean known =
                session.format() == Session.FORMAT && session.fingerprint().equals(TcpEventLayout.FINGERPRINT);
        if (!known) {
            throw refusal(directory, Integer.toString(session.format()), session.fingerprint());
        }
    }

    /**
     * A directory whose roll files have none of our names.
     *
     * @throws DamagedJournalException saying what it is
     */
    static void refuse(Path directory) throws IOException {
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(RollFiles::isRollFile).sorted().toList();
        }
        if (files.isEmpty()) {
            throw new DamagedJournalException(directory + " holds no journal (no .cq4 file in it)");
        }
        try (InputStream in = Files.newInputStream(files.get(0))) {
            refuseIfForeign(directory, in.readNBytes(BEGINNING_BYTES));
        }
        throw new DamagedJournalException(
                directory + " is no journal of fintrail: " + files.get(0).getFileName() + " is not one of its files");
    }

    /**
     * A directory to be written to.
     *
     * @throws DamagedJournalException if it holds roll files whose names are none of ours
     */
    static void refuseToMix(Path directory) throws IOException {
        try (Stream<Path> all = Files.list(directory)) {
            long ours = RollFiles.list(directory).size();
            if (all.filter(RollFiles::isRollFile).count() > ours) {
                refuse(directory);
            }
        }
    }

    /**
     * Moves roll files that another version wrote into {@code layout-…} below; nothing in them is changed.
     *
     * @throws DamagedJournalException if there is one that is neither that nor ours: somebody else's is not moved
     */
    static void setAside(Path directory) throws IOException {
        Collection<Path> named = RollFiles.list(directory).values();
        List<Path> files;
        try (Stream<Path> all = Files.list(directory)) {
            files = all.filter(RollFiles::isRollFile).toList();
        }
        for (Path file : files) {
            String text;
            try (InputStream in = Files.newInputStream(file)) {
                text = new String(in.readNBytes(BEGINNING_BYTES), StandardCharsets.ISO_8859_1);
            }
            if (isForeign(text)) {
                Path aside = directory.resolve(ASIDE + first(LAYOUT, text));
                if (!Files.isDirectory(aside)) {
                    Files.createDirectory(
                            aside, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                }
                Files.move(file, aside.resolve(file.getFileName()));
            } else if (!named.contains(file)) {
                throw new DamagedJournalException(directory + " holds a queue of somebody else's, " + file.getFileName()
                        + ": name a directory of its own");
            }
        }
    }

    /** It says a format and a layout, and one of them is not this version's. */
    private static boolean isForeign(String text) {
        String format = first(FORMAT, text);
        String layout = first(LAYOUT, text);
        return format != null
                && layout != null
                && !(format.equals(Integer.toString(Session.FORMAT)) && layout.equals(TcpEventLayout.FINGERPRINT));
    }

    private static void refuseIfForeign(Path directory, byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (isForeign(text)) {
            throw refusal(directory, String.valueOf(first(FORMAT, text)), String.valueOf(first(LAYOUT, text)));
        }
    }

    private static @Nullable String first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? matcher.group(1) : null;
    }

    private static DamagedJournalException refusal(Path directory, String format, String layout) {
        return new DamagedJournalException(directory + " was written in format " + format + ", layout " + layout
                + "; this fintrail reads format " + Session.FORMAT + ", layout " + TcpEventLayout.FINGERPRINT
                + ": have the version that wrote it turn it into a trail (replay --format trail), which lasts");
    }
}

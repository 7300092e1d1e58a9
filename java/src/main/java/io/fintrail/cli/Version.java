package io.fintrail.cli;

import io.fintrail.capture.HostCheck;
import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.IVersionProvider;

/** Which fintrail this is, with the journal format that it reads and writes, and what its BPF object was built with. */
final class Version implements IVersionProvider {
    static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "fintrail " + number(),
            "journal format " + Session.FORMAT + ", layout " + TcpEventLayout.FINGERPRINT,
            "BPF object by " + objectBuild()
        };
    }

    /** The line that is in the object's section fintrail.build, too. */
    private static String objectBuild() {
        try (InputStream line = HostCheck.class.getResourceAsStream("fintrail.build")) {
            return line == null ? "(not packaged)" : new String(line.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

package io.fintrail.cli;

import io.fintrail.event.Session;
import io.fintrail.event.TcpEventLayout;
import picocli.CommandLine.IVersionProvider;

/** Which fintrail this is, with the journal format that it reads and writes. */
final class Version implements IVersionProvider {
    static String number() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {
            "fintrail " + number(), "journal format " + Session.FORMAT + ", layout " + TcpEventLayout.FINGERPRINT
        };
    }
}

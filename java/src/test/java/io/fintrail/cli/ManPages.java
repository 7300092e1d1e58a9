package io.fintrail.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import picocli.CommandLine;

/** Writes the manual pages of all commands; tools/package runs it. Not part of the program, for only a package needs it. */
public final class ManPages {
    private ManPages() {}

    /** @param arguments a directory, the date and the version that the pages name */
    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        for (CommandLine line : documented(Fintrail.commandLine()).toList()) {
            Path page = directory.resolve(ManPage.name(line.getCommandSpec()) + ".1");
            Files.writeString(page, ManPage.of(line, arguments[1], "fintrail " + arguments[2]));
        }
    }

    /** The program, and each of its commands but `help`, which has nothing to add. */
    static Stream<CommandLine> documented(CommandLine root) {
        Stream<CommandLine> commands = root.getSubcommands().values().stream()
                .filter(line -> !(line.getCommand() instanceof CommandLine.HelpCommand));
        return Stream.concat(Stream.of(root), commands);
    }
}

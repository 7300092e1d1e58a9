package io.fintrail.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** One command's manual page: what its --help says, in the sections that a manual has. */
final class ManPage {
    private static final String EXIT_CODES = "Exit codes: ";
    private static final int UNWRAPPED = 10_000;

    private final CommandSpec command;
    private final Help help;
    private final Troff page = new Troff();

    private ManPage(CommandLine line) {
        line.setUsageHelpWidth(UNWRAPPED);
        command = line.getCommandSpec();
        help = new Help(command, Help.defaultColorScheme(Help.Ansi.OFF));
    }

    /** @param date of the release, as 2026-01-31 */
    static String of(CommandLine line, String date, String version) {
        return new ManPage(line).render(date, version);
    }

    static String name(CommandSpec command) {
        return command.qualifiedName("-");
    }

    private String render(String date, String version) {
        page.title(name(command), date, version);
        page.section("NAME");
        page.request(Troff.escaped(name(command)) + " \\- " + Troff.escaped(summary(command)));
        page.section("SYNOPSIS");
        String qualified = command.qualifiedName();
        String rest = help.synopsis(0).strip().substring(qualified.length());
        page.request(Troff.bold(qualified) + Troff.escaped(rest));
        page.section("DESCRIPTION");
        for (String text : command.usageMessage().description()) {
            page.paragraph(formatted(text));
        }
        arguments();
        commands();
        footer();
        seeAlso();
        return page.toString();
    }

    /** What stands behind the name in `apropos`: a sentence without its end. */
    private static String summary(CommandSpec command) {
        String first = formatted(command.usageMessage().description()[0]);
        String sentence = first.split("[.:;] ", 2)[0].replaceFirst("\\.$", "");
        return sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
    }

    private void arguments() {
        page.section("OPTIONS");
        for (PositionalParamSpec parameter : command.positionalParameters()) {
            if (!parameter.hidden()) {
                page.item(Troff.italic(label(parameter)), description(parameter));
            }
        }
        command.options().stream()
                .filter(o -> !o.hidden())
                .sorted(Comparator.comparing(OptionSpec::longestName))
                .forEach(o -> page.item(names(o), description(o)));
    }

    private String names(OptionSpec option) {
        String names = Arrays.stream(option.names()).map(Troff::bold).collect(Collectors.joining(", "));
        String label = label(option);
        return label.startsWith("=") ? names + "=" + Troff.italic(label.substring(1)) : names + Troff.italic(label);
    }

    private String label(ArgSpec argument) {
        return help.createDefaultParamLabelRenderer()
                .renderParameterLabel(argument, Help.Ansi.OFF, List.of())
                .toString();
    }

    private static List<String> description(ArgSpec argument) {
        return Arrays.stream(argument.description()).map(ManPage::formatted).toList();
    }

    private void commands() {
        if (command.subcommands().isEmpty()) {
            return;
        }
        page.section("COMMANDS");
        command.subcommands()
                .forEach((name, line) -> page.item(Troff.bold(name), List.of(inList(line.getCommandSpec()))));
    }

    /** As `--help` has it in its list of commands. */
    private static String inList(CommandSpec command) {
        String[] header = command.usageMessage().header();
        return formatted(header.length > 0 ? header[0] : command.usageMessage().description()[0]);
    }

    /** Indented lines are examples; a blank line ends a paragraph. */
    private void footer() {
        if (command.usageMessage().footer().length == 0) {
            return;
        }
        page.section(formatted(command.usageMessage().footerHeading())
                .strip()
                .replace(":", "")
                .toUpperCase(Locale.ROOT));
        List<String> block = new ArrayList<>();
        for (String raw : command.usageMessage().footer()) {
            String line = formatted(raw);
            boolean goesOn = !block.isEmpty() && !line.isBlank() && isExample(block.get(0)) == isExample(line);
            if (!goesOn) {
                block(block);
            }
            if (!line.isBlank()) {
                block.add(line);
            }
        }
        block(block);
    }

    private static boolean isExample(String line) {
        return line.startsWith(" ");
    }

    private void block(List<String> lines) {
        if (!lines.isEmpty() && isExample(lines.get(0))) {
            page.example(lines.stream().map(String::strip).toList());
        } else if (!lines.isEmpty()) {
            String text = String.join(" ", lines);
            if (text.startsWith(EXIT_CODES)) {
                page.section("EXIT STATUS");
                text = text.substring(EXIT_CODES.length());
            }
            page.paragraph(text);
        }
        lines.clear();
    }

    private void seeAlso() {
        page.section("SEE ALSO");
        page.request(ManPages.documented(command.root().commandLine())
                .map(line -> name(line.getCommandSpec()))
                .filter(other -> !other.equals(name(command)))
                .map(other -> Troff.bold(other) + "(1)")
                .collect(Collectors.joining(", ")));
    }

    /** As picocli does it: %n and %% have their meaning. */
    private static String formatted(String text) {
        return String.format(text);
    }
}

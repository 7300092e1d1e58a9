package io.fintrail.cli;

import io.fintrail.capture.CaptureException;
import io.fintrail.journal.DamagedJournalException;
import io.fintrail.view.Hostile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** The command line. Exit codes: 0 done, 1 a bug of ours, 2 wrong usage, 3 this host cannot, 4 damaged journal. */
@Command(
        name = "fintrail",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description =
                "Says, per socket and with evidence, whose TCP FIN was missing, unsent, lost, dropped or orphaned.",
        subcommands = {
            LiveCommand.class,
            StuckCommand.class,
            RecordCommand.class,
            AuditCommand.class,
            ReplayCommand.class,
            ExplainCommand.class,
            ReportCommand.class,
            VerdictsCommand.class,
            DoctorCommand.class,
            DemoCommand.class,
            CompletionCommand.class,
            CommandLine.HelpCommand.class
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  fintrail doctor                      can this host be traced, and what would be missing",
            "  fintrail live --port 443             problems on port 443, as they happen",
            "  fintrail stuck                       what is half-closed right now, why, who holds it, when it ends",
            "  fintrail record /var/tmp/j           what the kernel tells, to be judged later:",
            "  fintrail replay /var/tmp/j           what went wrong in it",
            "  fintrail audit /var/lib/fintrail     always on, nearly free: tells of broken closes alone, has metrics",
            "  fintrail explain /var/tmp/j 10.0.0.1:443-10.0.0.9:4711     the story of one connection",
            "  fintrail report /var/tmp/j -o r.html what is wrong in all, as one file to pass on",
            "",
            "Exit codes: 0 done, 1 a bug of fintrail, 2 wrong usage, 3 this host cannot do it, 4 damaged journal,",
            "10 `stuck --check N` found more than N."
        })
public final class Fintrail implements Runnable {
    @Spec
    private CommandSpec spec;

    @SuppressWarnings("NullAway.Init") // picocli injects it
    public Fintrail() {}

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "which command? One of: live, stuck, record, audit, replay, explain,"
                        + " report, verdicts, doctor, demo; `fintrail --help` says more");
    }

    public static void main(String[] arguments) {
        JournaldFormat.silence();
        System.exit(commandLineFor(arguments).execute(arguments));
    }

    /** Its command alone, where one stands first: picocli's models of all of them are a quarter of a start. */
    static CommandLine commandLineFor(String... arguments) {
        for (Class<?> command : Fintrail.class.getAnnotation(Command.class).subcommands()) {
            boolean needsAll = command == CompletionCommand.class || command == CommandLine.HelpCommand.class;
            if (arguments.length > 0
                    && !needsAll
                    && command.getSimpleName().equalsIgnoreCase(arguments[0] + "Command")) {
                return configured(new CommandLine(CommandSpec.create().name("fintrail")).addSubcommand(command));
            }
        }
        return commandLine();
    }

    static CommandLine commandLine() {
        return configured(new CommandLine(new Fintrail()));
    }

    private static CommandLine configured(CommandLine line) {
        line.registerConverter(Amounts.Duration.class, Amounts.Duration::parse);
        line.registerConverter(Amounts.Size.class, Amounts.Size::parse);
        line.registerConverter(Moment.class, Moment::parse);
        line.registerConverter(Speed.class, Speed::parse);
        line.registerConverter(CaptureOptions.Pairs.class, CaptureOptions.Pairs::parse);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setExecutionExceptionHandler(Fintrail::explain);
        line.setParameterExceptionHandler(Fintrail::explainUsage);
        return line;
    }

    private static int explain(Exception thrown, CommandLine line, ParseResult parsed) {
        Exception e =
                thrown instanceof UncheckedIOException && thrown.getCause() instanceof IOException io ? io : thrown;
        PrintWriter err = line.getErr();
        if (e instanceof CaptureException) {
            err.println("fintrail: " + Hostile.shown(String.valueOf(e.getMessage())));
            return ExitCode.CANNOT;
        }
        if (e instanceof java.nio.charset.CharacterCodingException) {
            err.println("fintrail: this is neither a journal's directory nor a trail (it is not text)");
            return ExitCode.DAMAGED;
        }
        if (e instanceof DamagedJournalException) {
            err.println("fintrail: " + Hostile.shown(String.valueOf(e.getMessage())));
            return ExitCode.DAMAGED;
        }
        if (e instanceof IllegalArgumentException || e instanceof java.nio.file.FileSystemException) {
            err.println("fintrail: " + Hostile.shown(described(e)));
            return ExitCode.USAGE;
        }
        err.println("fintrail: this is a bug of fintrail " + Version.number() + "; please report what follows, with the"
                + " output of `fintrail doctor`");
        e.printStackTrace(err);
        return ExitCode.BUG;
    }

    private static String described(Exception e) {
        if (e instanceof java.nio.file.NoSuchFileException) {
            return "there is no " + e.getMessage();
        }
        if (e instanceof java.nio.file.AccessDeniedException) {
            return "no permission for " + e.getMessage();
        }
        return String.valueOf(e.getMessage());
    }

    private static int explainUsage(CommandLine.ParameterException e, String[] arguments) {
        CommandLine line = e.getCommandLine();
        line.getErr().println("fintrail: " + e.getMessage());
        CommandLine.UnmatchedArgumentException.printSuggestions(e, line.getErr());
        line.getErr().println("See `" + line.getCommandSpec().qualifiedName() + " --help`.");
        return ExitCode.USAGE;
    }
}

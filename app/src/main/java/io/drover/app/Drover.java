// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.cli.AssessCommand;
import io.drover.app.cli.CheckCommand;
import io.drover.app.cli.ConfigCommand;
import io.drover.app.cli.ConvertCommand;
import io.drover.app.cli.DemoCommand;
import io.drover.app.cli.EventsCommand;
import io.drover.app.cli.Exit;
import io.drover.app.cli.Failure;
import io.drover.app.cli.InventoryCommand;
import io.drover.app.cli.LabCommand;
import io.drover.app.cli.LimitsCommand;
import io.drover.app.cli.PlanCommand;
import io.drover.app.cli.Printed;
import io.drover.app.cli.QuarantineCommand;
import io.drover.app.cli.ReportCommand;
import io.drover.app.cli.StopCommand;
import io.drover.app.cli.UpCommand;
import io.drover.app.cli.VerifyCommand;
import io.drover.app.cli.VmCommand;
import io.drover.app.cli.WaveCommand;
import io.drover.app.cli.WorkerCommand;
import io.drover.runtime.config.SettingsException;
import io.drover.runtime.kafka.KafkaSetupException;
import java.io.PrintWriter;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

/** The door: the {@code drover} command. */
@Command(
    name = "drover",
    mixinStandardHelpOptions = true,
    versionProvider = Drover.Version.class,
    description =
        "Migrates virtual machines from VMware vSphere to KubeVirt, and can bring each one back.",
    scope = CommandLine.ScopeType.INHERIT,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it came out as asked",
      "1:it ran, and the result is not what was hoped for, or rows of its files were refused",
      "2:the command line is wrong",
      "3:the configuration is wrong, or a prerequisite is missing",
      "4:the other side cannot be reached",
      "5:refused: \"Expected to X, but Y.\"",
      "6:bytes are not what they must be",
      "70:a bug",
      "130:ended by Ctrl-C",
      "143:ended by a SIGTERM"
    },
    subcommands = {
      DemoCommand.class,
      UpCommand.class,
      LabCommand.class,
      CheckCommand.class,
      InventoryCommand.class,
      AssessCommand.class,
      PlanCommand.class,
      WaveCommand.class,
      VmCommand.class,
      StopCommand.class,
      LimitsCommand.class,
      EventsCommand.class,
      ReportCommand.class,
      QuarantineCommand.class,
      ConvertCommand.class,
      VerifyCommand.class,
      WorkerCommand.class,
      ConfigCommand.class,
      AutoComplete.GenerateCompletion.class,
      CommandLine.HelpCommand.class
    })
public final class Drover {
  private Drover() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] args) {
    boolean service = args.length > 0 && (args[0].equals("up") || args[0].equals("lab"));
    if (service && System.getProperty("drover.log") == null) {
      System.setProperty("drover.log", "INFO");
      System.setProperty("drover.log.others", "WARN");
    }
    System.exit(Printed.kept(run(args)));
  }

  /** Runs a command; the exit code is one of {@link Exit}. */
  static int run(String... args) {
    var line = new CommandLine(new Drover());
    // A worker's options are its own.
    CommandLine worker = line.getSubcommands().get("worker");
    if (worker != null) {
      worker.setUnmatchedOptionsArePositionalParams(true);
    }
    // A file may be named @x: what it holds are no arguments.
    return line.setExpandAtFiles(false)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler((wrong, parsed) -> told(wrong))
        .setExecutionExceptionHandler((problem, at, parsed) -> told(problem, at))
        .execute(args);
  }

  /** The sentence comes last: above the whole help of a command it would scroll away. */
  private static int told(CommandLine.ParameterException wrong) {
    CommandLine line = wrong.getCommandLine();
    PrintWriter err = line.getErr();
    boolean unmatched = wrong instanceof CommandLine.UnmatchedArgumentException;
    if (!line.getSubcommands().isEmpty() && !unmatched) {
      line.usage(err, line.getColorScheme());
    }
    err.println(line.getColorScheme().errorText("drover: " + wrong.getMessage()));
    if (!CommandLine.UnmatchedArgumentException.printSuggestions(wrong, err)) {
      err.println("See '" + line.getCommandSpec().qualifiedName() + " --help'.");
    }
    return Exit.USAGE;
  }

  private static int told(Exception problem, CommandLine line) throws Exception {
    switch (problem) {
      case Failure failure -> {
        say(line, failure);
        return failure.code();
      }
      case SettingsException wrong -> {
        say(line, wrong);
        return Exit.CONFIGURATION;
      }
      case KafkaSetupException kafka -> {
        say(line, kafka);
        return Exit.UNREACHABLE;
      }
      default -> {
        problem.printStackTrace(line.getErr());
        line.getErr().println("drover: this is a bug; please report it with the lines above.");
        return Exit.BUG;
      }
    }
  }

  private static void say(CommandLine line, Exception problem) {
    String message = String.valueOf(problem.getMessage()).stripTrailing();
    // Some messages are also parts of a sentence: those have no full stop of their own.
    String sentence = message.matches("(?s).*[.!?:)]") ? message : message + ".";
    line.getErr().println(line.getColorScheme().errorText("drover: " + sentence));
  }

  /** The version of the jar. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Drover.class.getPackage().getImplementationVersion();
      return new String[] {"drover " + (version == null ? "development build" : version)};
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.app.ClusterSecrets;
import io.drover.app.Roles;
import io.drover.app.Running;
import io.drover.app.config.DroverConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code drover up}: the services. */
@Command(name = "up", description = "Run the services; all of them in one process, or some roles.")
public final class UpCommand implements Callable<Integer> {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "drover.yaml",
      description = "Configuration (default: drover.yaml); 'drover config init' writes one.")
  private Path config = Path.of("drover.yaml");

  @Option(
      names = "--roles",
      defaultValue = "ingest,planner,converter,executor,console",
      description = "Which services (default: ${DEFAULT-VALUE}).")
  private String roles = "";

  @Override
  public Integer call() throws Exception {
    var wanted = roles();
    DroverConfig settings = ClusterSecrets.configuration(config);
    var done = new CountDownLatch(1);
    Running running = Running.start(settings, wanted);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  running.close();
                  done.countDown();
                },
                "shutdown"));
    if (!running.url().isEmpty()) {
      System.out.println("Console: " + running.url() + key(running, settings));
    }
    System.out.println("Running; Ctrl-C stops.");
    done.await();
    return Exit.OK;
  }

  /** The token, for who sits there; what is printed elsewhere is kept and read by others. */
  private static String key(Running running, DroverConfig settings) {
    if (running.token().isEmpty()) {
      return "";
    }
    return Screen.watched()
        ? "/#token=" + running.token()
        : "  (its token is in " + ConsoleClient.localConsole(settings.console().state()) + ")";
  }

  private java.util.Set<Roles> roles() {
    try {
      return Roles.parse(roles);
    } catch (IllegalArgumentException e) {
      throw new Failure(Exit.USAGE, String.valueOf(e.getMessage()));
    }
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.app.config.DroverConfig;
import io.drover.app.config.PointedAt;
import io.drover.planner.explain.Why;
import io.drover.runtime.config.Settings;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover config}: write and check {@code drover.yaml}. */
@Command(name = "config", description = "Write and check the configuration.")
public final class ConfigCommand {
  private static final String TEMPLATE = "drover/drover.yaml";

  @Command(name = "init", description = "Write a complete drover.yaml with every key explained.")
  int init(
      @Parameters(
              paramLabel = "FILE",
              defaultValue = "drover.yaml",
              description = "Where to (default: drover.yaml).")
          Path file,
      @Option(names = "--force", description = "Replace the file if it is there.") boolean force)
      throws IOException {
    if (Files.exists(file) && !force) {
      throw new Failure(Exit.REFUSED, file + " is there already; --force replaces it.");
    }
    String template = template();
    try {
      Files.writeString(
          file, template, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING);
    } catch (IOException e) {
      throw new Failure(Exit.CONFIGURATION, FileTrouble.unwritable(file));
    }
    System.out.println(
        file
            + " written. Put your own in where example.com and /home/me stand, then run 'drover config check "
            + file
            + "'.");
    return Exit.OK;
  }

  @Command(
      name = "check",
      description =
          "Read a configuration and the secrets and files that it names, and say what is wrong,"
              + " without connecting.")
  int check(
      @Parameters(
              paramLabel = "FILE",
              defaultValue = "drover.yaml",
              description = "Which (default: drover.yaml).")
          Path file) {
    DroverConfig config = Settings.read(file, DroverConfig.class);
    List<String> missing = PointedAt.missing(config);
    if (!missing.isEmpty()) {
      missing.forEach(System.err::println);
      throw new Failure(
          Exit.CONFIGURATION,
          file
              + " is well formed, but names "
              + Why.count(missing.size(), "thing")
              + " that cannot be read.");
    }
    System.out.println(
        file
            + " is well formed: "
            + Why.count(config.vcenters().size(), "vCenter")
            + ", Kafka at "
            + config.kafka().bootstrap()
            + ". 'drover check -c "
            + file
            + "' tries the connections.");
    return Exit.OK;
  }

  /** The annotated configuration. */
  static String template() throws IOException {
    try (InputStream in = ConfigCommand.class.getClassLoader().getResourceAsStream(TEMPLATE)) {
      if (in == null) {
        throw new IllegalStateException(TEMPLATE + " is not in this build");
      }
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    }
  }
}

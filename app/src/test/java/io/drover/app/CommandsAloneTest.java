// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.app.cli.Exit;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands do that talk to nobody. */
class CommandsAloneTest {
  @TempDir private Path folder;

  @Test
  void aConfigurationIsWrittenOnce() throws Exception {
    Path file = folder.resolve("drover.yaml");

    String written = Terminal.run(Exit.OK, "config", "init", file.toString());
    Files.writeString(file, "mine");
    String again = Terminal.run(Exit.REFUSED, "config", "init", file.toString());
    String kept = Files.readString(file);
    String replaced = Terminal.run(Exit.OK, "config", "init", file.toString(), "--force");

    assertThat(written).contains(file + " written", "drover config check");
    assertThat(again).contains(file + " is there already; --force replaces it.");
    assertThat(kept).isEqualTo("mine");
    assertThat(replaced).contains(file + " written");
    assertThat(Terminal.run(Exit.CONFIGURATION, "config", "check", file.toString()))
        .contains(file + " is well formed, but names ");
    assertThat(
            Terminal.run(
                Exit.CONFIGURATION, "config", "init", folder.resolve("no/drover.yaml").toString()))
        .contains("cannot be written");
    String gone = folder.resolve("gone.yaml").toString();
    assertThat(Terminal.run(Exit.CONFIGURATION, "config", "check", gone))
        .contains(
            "There is no configuration "
                + gone
                + ": see what it is called, or have 'drover config init "
                + gone
                + "' write one.");
  }

  @Test
  void everyExitCodeIsInTheHelp() throws Exception {
    var documented = new ArrayList<String>();
    for (String line : Terminal.run(Exit.OK, "--help").lines().toList()) {
      if (line.matches(" +[0-9]+ {2,}.*")) {
        documented.add(line.strip().replaceAll(" .*", ""));
      }
    }

    var all = new ArrayList<String>();
    for (Field code : Exit.class.getFields()) {
      all.add(String.valueOf(code.getInt(null)));
    }
    assertThat(documented).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void theShellCompletesCommands() throws Exception {
    Path script =
        Files.writeString(folder.resolve("complete"), Terminal.run(Exit.OK, "generate-completion"));

    Process bash =
        new ProcessBuilder(
                "bash",
                "-c",
                "source "
                    + script
                    + "; for words in 'wave ap' 'st' 'vm res' 'config i'; do"
                    + " COMP_WORDS=(drover $words); COMP_CWORD=$((${#COMP_WORDS[@]} - 1));"
                    + " _complete_drover; echo $(printf '%s\\n' \"${COMPREPLY[@]}\" | sort); done")
            .redirectErrorStream(true)
            .start();
    bash.getOutputStream().close();

    assertThat(new String(bash.getInputStream().readAllBytes()).lines())
        .containsExactly("approve", "stop", "resolve resume", "init");
  }
}

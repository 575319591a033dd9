// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.app.Checks;
import io.drover.app.cli.Output.Table;
import io.drover.schemas.wire.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover check}: can we reach and may we do all that we need. */
@Command(
    name = "check",
    description = "Try every connection and permission that a migration needs; change nothing.")
public final class CheckCommand implements Callable<Integer> {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "drover.yaml",
      description = "Configuration (default: drover.yaml).")
  private Path config = Path.of("drover.yaml");

  @Option(
      names = "--skip-hosts",
      description =
          "Leave the ports of the ESXi hosts out: 443 for the transfer stream, 902 for vddk (the lab's hosts have none).")
  private boolean skipHosts;

  @Mixin private Output output = new Output();

  @Override
  public Integer call() {
    List<Checks.Finding> findings = new Checks(config, !skipHosts).all();
    long ill = findings.stream().filter(finding -> !finding.well()).count();
    output.tell(
        System.out,
        Json.mapper().valueToTree(findings),
        () -> {
          var table = new Table("", "CHECK", "WHAT", "REMEDY");
          findings.forEach(f -> table.row(f.well() ? "ok" : "NO", f.check(), f.what(), f.remedy()));
          table.print(System.out);
          System.out.println(
              ill == 0
                  ? "All that was tried is well."
                  : "Not well: "
                      + ill
                      + " of "
                      + findings.size()
                      + " that were tried. See REMEDY where it says NO.");
        });
    return ill == 0 ? Exit.OK : Exit.NOT_WELL;
  }
}

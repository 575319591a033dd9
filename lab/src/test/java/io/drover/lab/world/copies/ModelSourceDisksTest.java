// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.SourceDisks;
import io.drover.schemas.VmKey;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** The model of a vCenter's disks keeps the promises of the port. */
class ModelSourceDisksTest extends SourceDisksSuite {
  private final CopiesWorld world =
      new CopiesWorld((vm, disk) -> Integer.toHexString(disk).repeat(64).substring(0, 64));
  private int processes;
  private int machines;

  @Override
  SourceDisks process() {
    return new ModelSourceDisks(world, "process-" + ++processes);
  }

  @Override
  Source source(boolean running) {
    String name = "vm-" + ++machines;
    return new Source(
        new VmKey("vc", name),
        name,
        name,
        List.of(disk(2000, "Hard disk 1", 1 << 20), disk(2001, "Hard disk 2", 1 << 20)));
  }

  @Override
  boolean tracks(Source source) {
    return world.tracks(source.key());
  }

  @Override
  void track(Source source) {
    world.track(source.key());
  }

  @Override
  String content(Source source, int deviceKey) {
    return world.guests().content(source.key(), deviceKey);
  }

  @Override
  String read(SourceDisks.Reading reading) throws IOException {
    return new String(
        Channels.newInputStream(reading.stream()).readAllBytes(), StandardCharsets.US_ASCII);
  }
}

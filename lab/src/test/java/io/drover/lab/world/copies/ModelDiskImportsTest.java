// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.schemas.DiskDigest;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;
import java.time.Instant;

/** The model does what every {@link DiskImports} does. */
class ModelDiskImportsTest extends DiskImportsSuite {
  private final CopiesWorld world = new CopiesWorld((vm, disk) -> content(disk));
  private final ModelDiskImports imports = new ModelDiskImports(world, () -> Instant.EPOCH);

  private static String content(int seed) {
    return "%064x".formatted(seed);
  }

  @Override
  DiskImports imports() {
    return imports;
  }

  @Override
  SourceDisks.Offer disk(int seed) {
    return SampleDisks.only(new ModelSourceDisks.ModelReading(content(seed)));
  }

  @Override
  SourceDisks.Offer breaking(int seed) {
    SourceDisks.Reading whole = new ModelSourceDisks.ModelReading(content(seed));
    return SampleDisks.only(
        new SourceDisks.Reading() {
          @Override
          public ReadableByteChannel stream() throws IOException {
            throw new IOException("cut");
          }

          @Override
          public String verify() {
            return "";
          }

          @Override
          public CopyFault explain(IOException broken) {
            return whole.explain(broken);
          }

          @Override
          public void close() {}
        });
  }

  @Override
  DiskDigest digest(int seed) {
    return DiskDigest.v1(SIZE, content(seed));
  }

  @Override
  void foreign(String namespace, String volume) {
    world.foreignVolume(namespace + "/" + volume);
  }

  @Override
  boolean there(String namespace, String volume) {
    return world.there(namespace + "/" + volume);
  }
}

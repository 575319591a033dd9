// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.CopyFault;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingSettings;
import io.drover.schemas.Inventory;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which way a stream takes, and why. */
class SinkChoiceTest {
  private static final CdiSettings.Upload PROXY =
      CdiSettings.Upload.of(URI.create("https://proxy"), null);
  private static final TargetStorage.Modes BLOCK =
      new TargetStorage.Modes("ReadWriteMany", "Block", false);
  private static final TargetStorage.Modes FILES =
      new TargetStorage.Modes("ReadWriteMany", "Filesystem", false);
  private static final long SMALL = 1 << 30;

  @TempDir Path folder;
  private Staging staging;

  @BeforeEach
  void open() throws IOException {
    staging = Staging.open(new StagingSettings(folder, 0, 0, "127.0.0.1", 0, null, null, false));
  }

  @AfterEach
  void close() {
    staging.close();
  }

  private static SinkPolicy.Chosen choose(
      Sink asked, long bytes, CdiSettings.Sinks sinks, TargetStorage.Modes modes) {
    var disk =
        new Inventory.Disk(
            2000,
            "Hard disk 1",
            bytes,
            "ds1",
            "[ds1] web/web.vmdk",
            null,
            Inventory.Backing.FLAT,
            "pvscsi",
            0,
            0,
            false,
            false,
            true,
            null,
            null);
    var order = Disks.order(asked, Map.of(), List.of(disk));
    return SinkChoice.choose(order, disk, sinks, modes);
  }

  @Test
  void aBlockVolumeThatWorkersCanFillIsWrittenInPlace() {
    var all = new CdiSettings.Sinks(PROXY, staging, true);

    assertThat(choose(Sink.AUTO, SMALL, all, BLOCK).sink()).isEqualTo(Sink.DIRECT);
    assertThat(choose(Sink.AUTO, SMALL, all, FILES).sink()).isEqualTo(Sink.UPLOAD);
  }

  @Test
  void aLargeDiskIsStagedBecauseAnUploadCannotGoOn() {
    var both = new CdiSettings.Sinks(PROXY, staging, false);

    var chosen = choose(Sink.AUTO, SinkPolicy.LARGE, both, BLOCK);

    assertThat(chosen.sink()).isEqualTo(Sink.HTTP);
    assertThat(chosen.why()).contains("32 GiB");
    assertThat(choose(Sink.AUTO, SinkPolicy.LARGE - 1, both, BLOCK).sink()).isEqualTo(Sink.UPLOAD);
  }

  @Test
  void whatIsSetUpAloneIsTaken() {
    assertThat(choose(Sink.AUTO, SMALL, new CdiSettings.Sinks(null, staging, false), BLOCK).sink())
        .isEqualTo(Sink.HTTP);
    assertThat(choose(Sink.AUTO, SMALL, new CdiSettings.Sinks(null, null, true), FILES).sink())
        .isEqualTo(Sink.DIRECT);
  }

  @Test
  void whatThePlanAsksForIsTakenOrRefused() {
    var uploads = new CdiSettings.Sinks(PROXY, null, false);

    assertThat(choose(Sink.UPLOAD, SMALL, uploads, BLOCK).why()).contains("plan");
    assertThatThrownBy(() -> choose(Sink.DIRECT, SMALL, uploads, BLOCK))
        .isInstanceOf(CopyFault.class)
        .hasMessageContaining("converter.direct");
  }

  @Test
  void noWayAtAllIsNoConfiguration() {
    assertThatThrownBy(() -> new CdiSettings.Sinks(null, null, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("upload");
  }
}

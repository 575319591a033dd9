// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyEvidence.DiskTransferred;
import io.drover.schemas.CopyEvidence.VolumeDigested;
import io.drover.schemas.CopyId;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Receipt;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A receipt says what is proved, and never more. */
class ReceiptsTest {
  private static final DiskDigest DIGEST = DiskDigest.v1(1 << 20, "ab".repeat(32));
  private static final CopyOrder ORDER =
      new CopyOrder(
          new CopyId("c"),
          new MigrationId("m"),
          new VmKey("vc", "vm"),
          "vm-1",
          "web",
          Round.FINAL,
          Transfer.STREAM,
          Sink.HTTP,
          "shop",
          Map.of(2000, new Volume("web-2000", null)),
          List.of(
              new Inventory.Disk(
                  2000,
                  "Hard disk 1",
                  1 << 20,
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
                  null)),
          Map.of());

  private static DiskTransferred transferred(
      @Nullable DiskDigest source, @Nullable String checksum) {
    return new DiskTransferred(
        "shop/web-2000", 5, 6, source, checksum, Instant.EPOCH, Instant.EPOCH.plusSeconds(1));
  }

  @Test
  void aStreamThatNothingVouchedForProvesNothing() {
    Receipt receipt = Receipts.unread(ORDER, 2000, transferred(DIGEST, null));

    assertThat(receipt.level()).isEqualTo(Receipt.Level.NONE);
    assertThat(receipt.streamChecksum()).isNull();
    assertThat(receipt.source()).isEqualTo(DIGEST);
    assertThat(receipt.target()).isNull();
  }

  @Test
  void oneThatWasVouchedForNamesByWhat() {
    Receipt receipt = Receipts.unread(ORDER, 2000, transferred(DIGEST, "sha1:00"));

    assertThat(receipt.level()).isEqualTo(Receipt.Level.TRANSFER);
    assertThat(receipt.streamChecksum()).isEqualTo("sha1:00");
  }

  @Test
  void theReadBackProvesBothSidesWhoeverVouchedForTheStream() {
    Receipt receipt =
        Receipts.readBack(ORDER, 2000, transferred(DIGEST, null), new VolumeDigested(DIGEST));

    assertThat(receipt.level()).isEqualTo(Receipt.Level.BOTH);
    assertThat(receipt.cached()).isNull();
  }

  @Test
  void thatAVolumeWasReadBackThroughACacheIsSaid() {
    Receipt receipt =
        Receipts.readBack(
            ORDER, 2000, transferred(DIGEST, null), new VolumeDigested(DIGEST, null, true));

    assertThat(receipt.level()).isEqualTo(Receipt.Level.BOTH);
    assertThat(receipt.cached()).isTrue();
  }

  @Test
  void aSourceThatNobodyDigestedProvesTheTargetAtMost() {
    assertThat(Receipts.unread(ORDER, 2000, transferred(null, null)).level())
        .isEqualTo(Receipt.Level.NONE);
    assertThat(
            Receipts.readBack(ORDER, 2000, transferred(null, null), new VolumeDigested(DIGEST))
                .level())
        .isEqualTo(Receipt.Level.TARGET);
  }
}

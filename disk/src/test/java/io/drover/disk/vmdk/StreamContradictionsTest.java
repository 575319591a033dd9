// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams each of whose parts is whole, but which say of one another what is not so. */
class StreamContradictionsTest {
  @TempDir Path dir;

  private final SampleDisk disk = SampleDisk.mixed(3 * (1 << 20) + 512 * 9, 11);

  @Test
  void aDirectoryThatMovedAwayFromItsFooterIsNoticed() throws IOException {
    // Given
    byte[] vmdk = withoutAGrain(false);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("came at");
  }

  @Test
  void aGrainThatIsMissingAltogetherIsNoticedByTheDirectory() throws IOException {
    // Given
    byte[] vmdk = withoutAGrain(true);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("The grain directory says that table 0 is at sector");
  }

  /**
   * A stream from which a grain was cut, so that all behind it moved up.
   *
   * @param footer whether the footer says where the directory is now
   */
  private byte[] withoutAGrain(boolean footer) throws IOException {
    byte[] whole = Vmdk.esxi(disk);
    List<Integer> markers = Vmdk.markers(whole);
    int gone = markers.get(4) - markers.get(3);
    byte[] vmdk = new byte[whole.length - gone];
    System.arraycopy(whole, 0, vmdk, 0, markers.get(3));
    System.arraycopy(whole, markers.get(4), vmdk, markers.get(3), vmdk.length - markers.get(3));
    if (footer) {
      int directory = markers.get(markers.size() - 3) - gone + 512;
      Vmdk.little(vmdk).putLong(markers.get(markers.size() - 2) - gone + 512 + 56, directory / 512);
    }
    return vmdk;
  }

  @Test
  void aTablePastTheEndIsRefused() throws IOException {
    // Given
    byte[] vmdk = inFront();
    int directory = (int) Vmdk.little(vmdk).getLong(56) * 512;
    Vmdk.little(vmdk).putInt(directory, 1 << 30);
    byte[] end = Arrays.copyOf(vmdk, vmdk.length + 512);

    // When, Then
    assertThatThrownBy(() -> convert(end))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("table 0 is at sector 1073741824, past the end");
  }

  @Test
  void aHeaderThatItsDescriptorDoesNotBearOutIsRefused() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    Vmdk.little(vmdk).putLong(12, 1L << 31);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("header claims 2147483648 sectors, the descriptor in it says");
  }

  @Test
  void aDirectoryThatDoesNotFitInFrontOfTheGrainsIsRefused() throws IOException {
    // Given a header that claims more than there is room for, and no descriptor
    byte[] vmdk = inFront();
    Vmdk.little(vmdk).putLong(12, 1L << 31).putLong(28, 0).putLong(36, 0);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("does not fit between sector");
  }

  private byte[] inFront() throws IOException {
    Path file = dir.resolve("front.vmdk");
    StreamOptimizedWriter.file(disk, file, 1);
    return Files.readAllBytes(file);
  }

  private static ConversionResult convert(byte[] vmdk) throws IOException {
    return Conversion.of(
            Conversion.streamOptimized(
                Channels.newChannel(new ByteArrayInputStream(vmdk)), Set.of()),
            new DigestOnly())
        .run();
  }
}

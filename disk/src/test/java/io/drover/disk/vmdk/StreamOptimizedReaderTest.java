// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskDigests;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.Workers;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StreamOptimizedReaderTest {
  private static final Workers WORKERS = new Workers(2);

  private final SampleDisk disk = SampleDisk.mixed(3 * (1 << 20) + 512 * 9, 11);

  @AfterAll
  static void close() {
    WORKERS.close();
  }

  @Test
  void aStreamCutAnywhereIsNeverTakenForWhole() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    Random random = new Random(1);
    int[] cuts =
        random.ints(150, 0, vmdk.length).map(at -> at % 3 == 0 ? at / 512 * 512 : at).toArray();
    for (int cut : cuts) {
      // When
      Throwable thrown = catchThrowable(() -> convert(Arrays.copyOf(vmdk, cut)));

      // Then
      assertThat(thrown).as("cut at %d", cut).isInstanceOf(DiskFormatException.class);
    }
  }

  @Test
  void aStreamCutBetweenTwoMarkersSaysHowFarItCame() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    List<Integer> markers = Vmdk.markers(vmdk);
    int cut = markers.getLast();

    // When
    Throwable thrown = catchThrowable(() -> convert(Arrays.copyOf(vmdk, cut)));

    // Then
    long grains = markers.stream().filter(at -> Vmdk.isGrain(vmdk, at)).count();
    assertThat(thrown)
        .hasMessageContaining("without its end-of-stream marker, after " + grains + " grains")
        .hasMessageContaining("byte " + cut)
        .hasMessageContaining("Transfer it again");
  }

  @Test
  void aDirectoryInFrontTellsHowManyGrainsMustFollow(@TempDir Path dir) throws IOException {
    // Given
    Path file = dir.resolve("front.vmdk");
    StreamOptimizedWriter.file(disk, file, 1);
    byte[] vmdk = Files.readAllBytes(file);
    assertThat(convert(vmdk).digest()).isEqualTo(digest());
    int lastGrain = vmdk.length;
    do {
      lastGrain -= 512;
    } while (Vmdk.little(vmdk).getLong(lastGrain) != (disk.size() / 512 - 1) / 128 * 128);
    int cut = lastGrain;

    // When
    Throwable thrown = catchThrowable(() -> convert(Arrays.copyOf(vmdk, cut)));

    // Then
    assertThat(thrown)
        .hasMessageMatching("(?s).*ends after \\d+ grains, but its tables name \\d+.*");
  }

  @Test
  void withoutAMarkerAndATableThatTellsItsEndIsNotKnown(@TempDir Path dir) throws IOException {
    // Given a stream in front of whose grains there is no directory
    Path file = dir.resolve("front.vmdk");
    StreamOptimizedWriter.file(disk, file, 1);
    byte[] vmdk = Files.readAllBytes(file);
    Vmdk.little(vmdk).putLong(56, 0);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("without an end-of-stream marker")
        .hasMessageContaining("Export the disk again");
  }

  @ParameterizedTest
  @CsvSource({"1, 65536", "2, 65536", "3, 4096", "3, 131072", "3, 1048576"})
  void everyVersionAndSizeOfGrainsIsRead(int version, int grainBytes) throws IOException {
    // Given
    byte[] vmdk = Vmdk.stream(disk.bytes(), version, grainBytes);

    // When
    DiskDigest digest = convert(vmdk).digest();

    // Then
    assertThat(digest).isEqualTo(digest());
  }

  @Test
  void aFooterOfAnotherDiskIsRefused() throws IOException {
    // Given
    byte[] vmdk = Vmdk.stream(disk.bytes(), 3, 65536);
    Vmdk.little(vmdk).putLong(vmdk.length - 2 * 512 + 12, disk.size() / 512 + 1);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("The footer speaks of another disk");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 4})
  void aVersionThatIsNoneIsRefused(int version) {
    // Given
    byte[] vmdk = Vmdk.stream(disk.bytes(), version, 65536);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .hasMessageContaining("version " + version + ", not 1 to 3");
  }

  @Test
  void aWrongChecksumNamesTheGrain() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    int at = Vmdk.markers(vmdk).get(2);
    int size = Vmdk.little(vmdk).getInt(at + 8);
    long grain = Vmdk.little(vmdk).getLong(at) / 128;
    vmdk[at + 12 + size - 1] ^= 1;

    // When
    Throwable thrown = catchThrowable(() -> convert(vmdk));

    // Then
    assertThat(thrown)
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("Adler-32")
        .hasMessageContaining("byte " + at + ", grain " + grain);
    assertThat(((DiskFormatException) thrown).grain()).isEqualTo(grain);
    assertThat(((DiskFormatException) thrown).offset()).isEqualTo(at);
  }

  @Test
  void noFlippedBitInAGrainGoesUnnoticed() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    List<Integer> markers =
        Vmdk.markers(vmdk).stream().filter(at -> Vmdk.isGrain(vmdk, at)).toList();
    DiskDigest truth = digest();
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      byte[] damaged = vmdk.clone();
      int marker = markers.get(random.nextInt(markers.size()));
      int size = Vmdk.little(vmdk).getInt(marker + 8);
      int bit = random.nextInt((12 + size) * 8);
      damaged[marker + bit / 8] ^= (byte) (1 << (bit % 8));

      // When
      ConversionResult result;
      try {
        result = convert(damaged);
      } catch (DiskFormatException e) {
        continue;
      }

      // Then: zlib has bits that mean nothing, such as its level; the bytes must be the same
      assertThat(result.digest()).as("bit %d of the grain at %d", bit, marker).isEqualTo(truth);
    }
  }

  @Test
  void aGrainWhoseNumberWasDamagedIsNoticedByTheTables() throws IOException {
    // Given a grain that says it belongs where nothing is stored
    byte[] guest = disk.bytes().clone();
    Arrays.fill(guest, 5 * 65536, 6 * 65536, (byte) 0);
    Arrays.fill(guest, 9 * 65536, 10 * 65536, (byte) 7);
    byte[] vmdk = Vmdk.esxi(new SampleDisk(guest));
    int marker =
        Vmdk.markers(vmdk).stream()
            .filter(at -> Vmdk.little(vmdk).getLong(at) == 9 * 128)
            .findFirst()
            .orElseThrow();
    Vmdk.little(vmdk).putLong(marker, 5 * 128);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk)).hasMessageContaining("lost or misplaced");
  }

  @Test
  void aGrainThatSwallowsItsNeighbourIsRefused() throws IOException {
    // Given two grains of a sector each, the first of which claims to be both
    byte[] guest = new byte[1 << 20];
    guest[0] = 1;
    guest[65536] = 2;
    byte[] vmdk = Vmdk.esxi(new SampleDisk(guest));
    int marker = Vmdk.markers(vmdk).getFirst();
    Vmdk.little(vmdk).putInt(marker + 8, 1000);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk)).isInstanceOf(DiskFormatException.class);
  }

  @Test
  void aGrainThatComesTwiceIsRefused() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    List<Integer> markers = Vmdk.markers(vmdk);
    Vmdk.little(vmdk).putLong(markers.get(3), Vmdk.little(vmdk).getLong(markers.get(1)));

    // When, Then
    assertThatThrownBy(() -> convert(vmdk)).hasMessageContaining("A grain comes twice");
  }

  @Test
  void aGrainPastTheEndIsRefused() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    Vmdk.little(vmdk).putLong(Vmdk.markers(vmdk).get(1), disk.size() / 512 / 128 * 128 + 128);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk)).hasMessageContaining("A grain claims sector");
  }

  @Test
  void aGrainThatClaimsToBeHugeIsRefusedBeforeItIsRead() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    Vmdk.little(vmdk).putInt(Vmdk.markers(vmdk).get(1) + 8, Integer.MAX_VALUE);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .hasMessageContaining("claims to be stored in 2147483647");
  }

  @Test
  void grainsThatGrewByCompressionAreRefusedBeforeTheyFillTheMemory() throws IOException {
    // Given 64 grains of 64 KiB, each of which claims to be stored in twice as much
    byte[] head = Vmdk.esxi(SampleDisk.mixed(4 << 20, 1));
    int step = 2 * 65536 + 512;
    byte[] vmdk = Arrays.copyOf(Arrays.copyOf(head, Vmdk.FIRST), Vmdk.FIRST + 64 * step);
    for (int i = 0; i < 64; i++) {
      Vmdk.little(vmdk)
          .putLong(Vmdk.FIRST + i * step, i * 128L)
          .putInt(Vmdk.FIRST + i * step + 8, 2 * 65536);
    }

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("stored in more than 4456448 bytes")
        .hasMessageContaining("grain 34");
  }

  @Test
  void aTebibyteClaimedByAKibibyteIsCutShort() throws IOException {
    // Given
    byte[] vmdk = Arrays.copyOf(Vmdk.esxi(disk), 1024);
    Vmdk.little(vmdk).putLong(12, 1L << (40 - 9));

    // When, Then
    assertThatThrownBy(() -> convert(vmdk))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("ends in front of the first grain, after 0 grains: it was cut short")
        .hasMessageContaining("byte 1024");
  }

  @Test
  void aDiskThatClaimsToBeHugeCostsNothing() throws IOException {
    // Given 62 TiB claimed by a few sectors
    byte[] vmdk = Arrays.copyOf(Vmdk.esxi(disk), Vmdk.FIRST + 512);
    Vmdk.little(vmdk).putLong(12, 62L << 31);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk)).isInstanceOf(DiskFormatException.class);
  }

  @Test
  void anUnknownMarkerIsRefused() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    int table =
        Vmdk.markers(vmdk).stream().filter(at -> !Vmdk.isGrain(vmdk, at)).findFirst().orElseThrow();
    Vmdk.little(vmdk).putInt(table + 12, 77);

    // When, Then
    assertThatThrownBy(() -> convert(vmdk)).hasMessageContaining("unknown type 77");
  }

  @Test
  void dataBehindTheEndIsRefused() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    byte[] more = Arrays.copyOf(vmdk, vmdk.length + 4096);
    more[more.length - 1] = 1;

    // When, Then
    assertThatThrownBy(() -> convert(more)).hasMessageContaining("Data follows the end-of-stream");
  }

  @Test
  void paddingBehindTheEndIsHashedAndAccepted() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);

    // When
    ConversionResult result = convert(Arrays.copyOf(vmdk, vmdk.length + 5000));

    // Then
    assertThat(result.bytesRead()).isEqualTo(vmdk.length + 5000);
  }

  @Test
  void aDeltaLinkIsRefusedByName() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    String text = new String(vmdk, ISO_8859_1).replace("parentCID=ffffffff", "parentCID=12345678");

    // When, Then
    assertThatThrownBy(() -> convert(text.getBytes(ISO_8859_1)))
        .hasMessageContaining("delta link (parentCID 12345678")
        .hasMessageContaining("Consolidate the snapshots");
  }

  @Test
  void deltasOfVmfsAreRefusedByName() throws IOException {
    // Given
    byte[] cowd = Arrays.copyOf("COWD".getBytes(ISO_8859_1), 4096);
    byte[] sesparse = new byte[4096];
    Vmdk.little(sesparse).putLong(0, 0xcafebabeL);

    // When, Then
    assertThatThrownBy(() -> convert(cowd)).hasMessageContaining("COWD");
    assertThatThrownBy(() -> convert(sesparse)).hasMessageContaining("seSparse");
  }

  @Test
  void aTextModeTransferIsNamed() throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    vmdk[75] = '\n';

    // When, Then
    assertThatThrownBy(() -> convert(vmdk)).hasMessageContaining("text-mode transfer");
  }

  @Test
  void aTextModeTransferThatMovedTheHeaderIsNamed() throws IOException {
    // Given each line end made two bytes
    byte[] longer =
        new String(Vmdk.esxi(disk), ISO_8859_1).replace("\n", "\r\n").getBytes(ISO_8859_1);

    // When, Then
    assertThatThrownBy(() -> convert(longer)).hasMessageContaining("text-mode transfer");
  }

  @Test
  void anErrorPageIsNoDisk() {
    // Given
    byte[] page = Arrays.copyOf("<html>503 Service Unavailable".getBytes(ISO_8859_1), 2048);

    // When, Then
    assertThatThrownBy(() -> convert(page)).hasMessageContaining("no error page");
  }

  private DiskDigest digest() throws IOException {
    return DiskDigests.of(disk, WORKERS, (bytes, guest) -> {}, () -> false);
  }

  private static ConversionResult convert(byte[] vmdk) throws IOException {
    return Conversion.of(
            Conversion.streamOptimized(
                Channels.newChannel(new ByteArrayInputStream(vmdk)), Set.of()),
            new DigestOnly())
        .workers(WORKERS)
        .run();
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.staging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The staging folder, and what its server answers. */
class StagingTest {
  private static final int SIZE = 700_001;

  @TempDir Path folder;
  private final HttpClient http = HttpClient.newHttpClient();
  private final byte[] image = new byte[SIZE];
  private Staging staging;

  @BeforeEach
  void open() throws IOException {
    new Random(1).nextBytes(image);
    staging = Staging.open(settings(0));
    stage("one", Instant.EPOCH, image);
  }

  @AfterEach
  void close() {
    staging.close();
    http.close();
  }

  private StagingSettings settings(long most) {
    return new StagingSettings(
        folder.resolve("staging"), most, 0, "127.0.0.1", 0, null, null, false);
  }

  private static StagedImage about(String id, Instant began) {
    return new StagedImage(id, "m-" + id, "c-" + id, 2000, SIZE, began);
  }

  private void stage(String id, Instant began, byte[] bytes) throws IOException {
    try (Staging.Writing writing = staging.begin(about(id, began)).orElseThrow()) {
      Files.write(writing.image(), bytes);
      var _ =
          writing.finish(
              new StagedImage.Content(
                  1 << 20, 5, 6, 0, "root", new byte[0], null, writing.checksum(), bytes.length));
    }
  }

  private HttpRequest.Builder request(String id) {
    return HttpRequest.newBuilder(staging.url(id))
        .header("Authorization", "Bearer " + staging.password(id));
  }

  private HttpResponse<byte[]> send(HttpRequest request) throws Exception {
    return http.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  @Test
  void nobodyElseLooksIntoAFolderOfItsOwn() throws Exception {
    assertThat(Files.getPosixFilePermissions(folder.resolve("staging")))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void theWholeImageIsServed() throws Exception {
    var answer = send(request("one").build());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo(image);
    assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(SIZE);
    assertThat(answer.headers().firstValue("Accept-Ranges")).hasValue("bytes");
  }

  @Test
  void headSaysHowLongItIs() throws Exception {
    var answer = send(request("one").method("HEAD", HttpRequest.BodyPublishers.noBody()).build());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValueAsLong("Content-Length")).hasValue(SIZE);
    assertThat(answer.headers().firstValue("Accept-Ranges")).hasValue("bytes");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 1",
    "bytes=100-299999, 100, 300000",
    "bytes=700000-, 700000, 700001",
    "bytes=699000-900000, 699000, 700001",
    "bytes=-1000, 699001, 700001"
  })
  void oneRangeIsServed(String range, int from, int to) throws Exception {
    var answer = send(request("one").header("Range", range).build());

    assertThat(answer.statusCode()).isEqualTo(206);
    assertThat(answer.body()).isEqualTo(Arrays.copyOfRange(image, from, to));
    assertThat(answer.headers().firstValue("Content-Range"))
        .hasValue("bytes " + from + "-" + (to - 1) + "/" + SIZE);
  }

  @Test
  void aRangeBehindTheEndIsNoneAndSaysHowLongItIs() throws Exception {
    var answer = send(request("one").header("Range", "bytes=700001-").build());

    assertThat(answer.statusCode()).isEqualTo(416);
    assertThat(answer.headers().firstValue("Content-Range")).hasValue("bytes */" + SIZE);
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=9-3"})
  void whatIsNoSingleRangeGetsTheWhole(String range) throws Exception {
    var answer = send(request("one").header("Range", range).build());

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).hasSize(SIZE);
  }

  private int withAuthorization(@Nullable String authorization) throws Exception {
    var request = HttpRequest.newBuilder(staging.url("one"));
    if (authorization != null) {
      request.header("Authorization", authorization);
    }
    return send(request.build()).statusCode();
  }

  private static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void onlyThePasswordOfThisImageOpensIt() throws Exception {
    stage("two", Instant.EPOCH, image);

    assertThat(withAuthorization(basic(Staging.USER, staging.password("one")))).isEqualTo(200);
    assertThat(withAuthorization(null)).isEqualTo(401);
    assertThat(withAuthorization("Bearer ")).isEqualTo(401);
    assertThat(withAuthorization("Bearer " + staging.password("two"))).isEqualTo(401);
    assertThat(withAuthorization(basic("admin", staging.password("one")))).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/disks/none.qcow2",
        "/v1/disks/..%2f.key.qcow2",
        "/v1/disks/one.json",
        "/v1/disks/",
        "/"
      })
  void nothingElseIsServed(String path) throws Exception {
    URI url = URI.create(staging.address() + path);

    int status =
        send(HttpRequest.newBuilder(url)
                .header("Authorization", "Bearer " + staging.password("none"))
                .build())
            .statusCode();

    assertThat(status).isEqualTo(404);
  }

  @Test
  void nothingCanBeChanged() throws Exception {
    var answer = send(request("one").DELETE().build());

    assertThat(answer.statusCode()).isEqualTo(405);
    assertThat(staging.find("one")).isPresent();
  }

  @Test
  void anotherInstanceOnTheFolderServesTheSame() throws Exception {
    try (Staging other = Staging.open(settings(0))) {
      assertThat(other.password("one")).isEqualTo(staging.password("one"));

      var answer =
          send(
              HttpRequest.newBuilder(other.url("one"))
                  .header("Authorization", "Bearer " + staging.password("one"))
                  .build());

      assertThat(answer.body()).isEqualTo(image);
      assertThat(other.find("one").orElseThrow().whole()).isTrue();
    }
  }

  @Test
  void oneWritesAnImageAtATime() throws IOException {
    try (var held = staging.begin(about("busy", Instant.EPOCH)).orElseThrow()) {
      assertThat(staging.begin(about("busy", Instant.EPOCH))).isEmpty();
      assertThat(held.about().whole()).isFalse();
    }
    try (var again = staging.begin(about("busy", Instant.EPOCH)).orElseThrow()) {
      assertThat(again.about().id()).isEqualTo("busy");
    }
  }

  /** A process's lock on a file is given away when any of its channels on the file is closed. */
  @Test
  void whoAsksInVainDoesNotGiveTheLockAway() throws IOException {
    try (var held = staging.begin(about("busy", Instant.EPOCH)).orElseThrow()) {
      assumeTrue(isLocked("busy"), "the kernel does not show its locks");

      assertThat(staging.begin(about("busy", Instant.EPOCH))).isEmpty();

      assertThat(isLocked(held.about().id())).isTrue();
    }
    assertThat(lock("busy")).doesNotExist();
  }

  @Test
  void whereThereAreNoLocksAnImageIsRemovedAllTheSame() throws IOException {
    staging.close();
    staging =
        Staging.open(
            settings(0),
            (file, image) -> {
              throw new IOException("No locks available");
            });
    Files.createFile(lock("one"));

    staging.remove("one");

    assertThat(staging.find("one")).isEmpty();
    assertThat(lock("one")).doesNotExist();
  }

  @Test
  void whatIsNoLockOfOursStaysAndStopsNoRemoval() throws IOException {
    Files.writeString(lock("one"), "mine");

    staging.remove("one");

    assertThat(staging.find("one")).isEmpty();
    assertThat(lock("one")).hasContent("mine");
  }

  private Path lock(String id) {
    return folder.resolve("staging").resolve(id + ".lock");
  }

  /** Another would take the right to write what is still being written. */
  @Test
  void whatIsRemovedUnderWhoWritesItStaysLocked() throws IOException {
    try (var held = staging.begin(about("busy", Instant.EPOCH)).orElseThrow()) {

      staging.remove("busy");

      assertThat(lock("busy")).exists();
      assertThat(staging.begin(about("busy", Instant.EPOCH))).isEmpty();
      assertThat(held.about().id()).isEqualTo("busy");
    }
    assertThat(lock("busy")).doesNotExist();
    staging.begin(about("busy", Instant.EPOCH)).orElseThrow().close();
  }

  @Test
  void theLockOfAProcessThatDiedGoesWithItsImage() throws IOException {
    Files.createFile(lock("one"));

    staging.remove("one");

    assertThat(lock("one")).doesNotExist();
  }

  @Test
  void anImageOfWhichTheNoteIsTornIsBegunAnew() throws IOException {
    Path note = folder.resolve("staging").resolve("one.json");
    Files.writeString(note, Files.readString(note).substring(0, 20));

    try (var writing = staging.begin(about("one", Instant.EPOCH)).orElseThrow()) {

      assertThat(writing.about().whole()).isFalse();
    }
    assertThat(staging.find("one")).hasValue(about("one", Instant.EPOCH));
  }

  private boolean isLocked(String id) throws IOException {
    Path locks = Path.of("/proc/locks");
    Object inode = Files.getAttribute(lock(id), "unix:ino");
    return Files.isReadable(locks) && Files.readString(locks).contains(":" + inode + " ");
  }

  @Test
  void whatIsRemovedIsGone() throws IOException {
    staging.remove("one");

    assertThat(staging.all()).isEmpty();
    assertThat(staging.room().used()).isZero();
    staging.remove("one");
  }

  @Test
  void whatCannotBeUnderstoodOfOneImageDoesNotHideTheOthers() throws IOException {
    Files.writeString(folder.resolve("staging").resolve("torn.json"), "{\"id\":\"to");

    assertThat(staging.all()).extracting(StagedImage::id).containsExactly("one");
  }

  @Test
  void disksAreNotShownToTheNetworkInTheClear() {
    assertThatThrownBy(() -> new StagingSettings(folder, 0, 0, "0.0.0.0", 0, null, null, false))
        .hasMessageContaining("only loopback");
    assertThatThrownBy(() ->
            new StagingSettings(
                folder, 0, 0, "127.0.0.1", 0, URI.create("http://staging.svc"), null, false))
        .hasMessageContaining("https");
  }

  @Test
  void aKeyOfAnotherFormSaysHowToTurnIt() throws IOException {
    Path key = Files.writeString(folder.resolve("key"), "-----BEGIN RSA PRIVATE KEY-----\n");
    var tls = new StagingSettings.Tls(key, key, null);

    assertThatThrownBy(() ->
            Staging.open(
                new StagingSettings(folder.resolve("x"), 0, 0, "127.0.0.1", 0, null, tls, false)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("openssl pkcs8");
  }

  @Test
  void onlyTheFolderItselfIsMade() throws IOException {
    Path nowhere = folder.resolve("nowhere");
    var unmounted =
        new StagingSettings(nowhere.resolve("x"), 0, 0, "127.0.0.1", 0, null, null, false);

    assertThatThrownBy(() -> Staging.open(unmounted))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(nowhere + " is no folder")
        .hasMessageContaining("converter.staging.folder");
    assertThat(nowhere).doesNotExist();
  }
}

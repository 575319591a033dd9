// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drover.vsphere.Moref;
import io.drover.vsphere.Timeouts;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** govmomi's vCenter simulator, as {@code lab/peers/vcsim} builds it, running as a process. */
public final class VcsimTarget implements VSphereTarget {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final Process process;
  private final Path log;
  private final JsonNode ready;
  private final HttpClient http = HttpClient.newHttpClient();

  private VcsimTarget(Process process, Path log, JsonNode ready) {
    this.log = log;
    this.process = process;
    this.ready = ready;
  }

  /** What keeps it from starting here, or empty. */
  public static Optional<String> missing() {
    return Peers.program("vcsim", "vcsim", "build.sh");
  }

  /** Starts the program with these arguments and waits until it is ready. */
  public static VcsimTarget start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(Peers.folder("vcsim").resolve("bin/vcsim").toString()));
    command.addAll(List.of(arguments));
    Path log = Files.createTempFile("vcsim-", ".log");
    Process process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    if (line == null) {
      process.destroyForcibly();
      throw new IOException("vcsim ended before it was ready; it said: " + Files.readString(log));
    }
    return new VcsimTarget(process, log, new ObjectMapper().readTree(line));
  }

  /** Its only user. */
  public String user() {
    return ready.get("user").asText();
  }

  /** That user's password. */
  public String password() {
    return ready.get("password").asText();
  }

  /** SHA-256 of its certificate, as {@code AB:CD:…}. */
  public String thumbprint() {
    return ready.get("thumbprint").asText();
  }

  /** Powers the second machine off, as the suite wants it. */
  VcsimTarget furnished() {
    try (VSphere vsphere = VSphere.connect(endpoint())) {
      Moref vm = vsphere.machines().byName(stoppedVm()).getFirst();
      vsphere.machines().powerOff(vm, SOON);
    }
    return this;
  }

  @Override
  public VSphereEndpoint endpoint() {
    return new VSphereEndpoint(
        URI.create(ready.get("url").asText()),
        user(),
        () -> password().toCharArray(),
        Trust.thumbprint(thumbprint()),
        new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(20), Duration.ofSeconds(20)));
  }

  @Override
  public String runningVm() {
    return "DC0_C0_RP0_VM0";
  }

  @Override
  public String stoppedVm() {
    return "DC0_C0_RP0_VM1";
  }

  @Override
  public boolean supports(Feature feature) {
    return switch (feature) {
      case COMPARE_AND_SET,
          CHANGED_AREAS,
          LEASE_HOLDS_MACHINE,
          LEASE_EXPIRES,
          EXPORT_MANIFEST,
          TEMPLATE_REFUSES_ALL ->
          true;
      case COLLECTOR_VERSIONS, QUIESCE_FAULTS -> false;
    };
  }

  private byte[] control(HttpRequest.Builder request, String path) throws Exception {
    HttpResponse<byte[]> response =
        http.send(
            request.uri(URI.create(ready.get("control").asText() + path)).build(),
            BodyHandlers.ofByteArray());
    if (response.statusCode() != 200) {
      throw new IOException(path + ": HTTP " + response.statusCode());
    }
    return response.body();
  }

  @Override
  public void writeAsGuest(String vmName, int deviceKey, long offset, byte[] bytes)
      throws Exception {
    control(
        HttpRequest.newBuilder().PUT(BodyPublishers.ofByteArray(bytes)),
        "/lab/disks/" + vmName + "/" + deviceKey + "?offset=" + offset);
  }

  @Override
  public byte[] readAsGuest(String vmName, int deviceKey, long offset, int length)
      throws Exception {
    return control(
        HttpRequest.newBuilder().GET(),
        "/lab/disks/" + vmName + "/" + deviceKey + "?offset=" + offset + "&length=" + length);
  }

  @Override
  public void unquiet(String vmName, @Nullable String fault) {
    throw new UnsupportedOperationException("It quiesces every guest");
  }

  /** Puts a new tag of a new category on a machine. */
  void tag(String vmName, String category, String tag) throws Exception {
    control(
        HttpRequest.newBuilder().PUT(BodyPublishers.noBody()),
        "/lab/tags/" + vmName + "/" + category + "/" + tag);
  }

  /** Lets the next calls of a method fail so. */
  void fail(String method, String fault, int times) throws Exception {
    control(
        HttpRequest.newBuilder()
            .POST(
                BodyPublishers.ofString(
                    "{\"method\":\"%s\",\"fault\":\"%s\",\"max\":%d}"
                        .formatted(method, fault, times))),
        "/lab/faults");
  }

  @Override
  public void endAllSessions() throws Exception {
    control(HttpRequest.newBuilder().DELETE(), "/lab/sessions");
  }

  @Override
  public void close() throws Exception {
    process.getOutputStream().close();
    if (!process.waitFor(5, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    Files.deleteIfExists(log);
  }
}

// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.app.config.DroverConfig;
import io.drover.engine.StopSignal;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.runtime.config.Secret;
import io.drover.vsphere.VSphereFault;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several vCenters: one that is down is no reason not to reach another. */
class ConnectionsTest {
  @TempDir private Path folder;

  @Test
  void aVCenterThatIsDownKeepsNobodyFromAnother() throws Exception {
    try (var estate = LabEstate.create("well", 3, LabPace.quick());
        var well = LabVCenter.start(estate);
        var connections = new Connections(List.of(down(), up(well)))) {

      assertThat(connections.find(estate.instanceUuid().toString())).isNotNull();
    }
  }

  @Test
  void whatMayBeBehindTheOneThatIsDownIsNotCalledUnknown() throws Exception {
    try (var estate = LabEstate.create("well", 3, LabPace.quick());
        var well = LabVCenter.start(estate);
        var connections = new Connections(List.of(down(), up(well)))) {

      assertThatThrownBy(() -> connections.find(UUID.randomUUID().toString()))
          .isInstanceOfSatisfying(
              VSphereFault.class,
              fault -> assertThat(fault.kind()).isEqualTo(VSphereFault.Kind.UNREACHABLE));
    }
  }

  @Test
  void aVCenterThatTakesTheCallAndNeverAnswersHoldsNobodyUp() throws Exception {
    try (var estate = LabEstate.create("well", 3, LabPace.quick());
        var well = LabVCenter.start(estate);
        var mute = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        var connections = new Connections(List.of(at("mute", mute.getLocalPort()), up(well)))) {
      // Given somebody who waits for the one that does not answer
      String behindTheMute = UUID.randomUUID().toString();
      Thread waiting = Thread.ofVirtual().start(() -> waitInVain(connections, behindTheMute));
      try {

        var found =
            CompletableFuture.supplyAsync(() -> connections.find(estate.instanceUuid().toString()))
                .get(20, TimeUnit.SECONDS);

        assertThat(found).isNotNull();
        assertThat(waiting.isAlive()).as("the mute one is still waited for").isTrue();
      } finally {
        waiting.interrupt();
        waiting.join();
      }
    }
  }

  private static void waitInVain(Connections connections, String instanceUuid) {
    try {
      var _ = connections.find(instanceUuid);
    } catch (VSphereFault | StopSignal.Stopped e) {
      // As expected, one or the other.
    }
  }

  private DroverConfig.VCenter down() throws Exception {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    return at("down", port);
  }

  private DroverConfig.VCenter at(String name, int port) throws Exception {
    return new DroverConfig.VCenter(
        name, URI.create("https://127.0.0.1:" + port), "nobody", secret("none"), null, null);
  }

  private DroverConfig.VCenter up(LabVCenter vcenter) throws Exception {
    return new DroverConfig.VCenter(
        "up",
        vcenter.url(),
        vcenter.user(),
        secret(vcenter.password()),
        vcenter.sha256Thumbprint(),
        null);
  }

  private Secret secret(String value) throws Exception {
    Path file = Files.writeString(folder.resolve("secret-" + value.hashCode()), value);
    return new Secret("file:" + file);
  }
}

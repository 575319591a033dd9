// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.vsphere.VSphereFault.Kind;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VSphereFaultTest {
  @ParameterizedTest
  @CsvSource({
    "InvalidLogin, INVALID_LOGIN",
    "InvalidPowerState, INVALID_POWER_STATE",
    "FileLocked, FILE_LOCKED",
    "ToolsUnavailable, TOOLS_UNAVAILABLE",
    "ApplicationQuiesceFault, QUIESCE_FAILED",
    "FilesystemQuiesceFault, QUIESCE_FAILED",
    "SnapshotFault, OTHER",
    "NotAuthenticated, NOT_AUTHENTICATED",
    "NoPermission, NO_PERMISSION",
    "HostNotConnected, HOST_NOT_CONNECTED",
    "InvalidName, OTHER",
    "InvalidVmState, OTHER",
    "InvalidHostState, INVALID_STATE",
    "NoSuchFaultEver, OTHER",
    "../etc, OTHER"
  })
  void knowsAFaultByItsNearestAncestor(String vimType, Kind kind) {
    assertThat(VSphereFault.named(vimType, "x").kind()).isEqualTo(kind);
    assertThat(VSphereFault.named(vimType, "x").vimType()).contains(vimType);
  }

  @Test
  void namesEveryPrivilegeThatLacksAndOnWhat() {
    var entity = new VimData("entity", null, "VirtualMachine", "vm-7", List.of());
    VimData detail =
        data(
            "NoPermissionFault",
            data(
                "missingPrivileges",
                entity,
                text("privilegeIds", "VApp.Export"),
                text("privilegeIds", "VirtualMachine.Interact.PowerOff")));

    VSphereFault fault = VSphereFault.named("NoPermission", "ExportVm: denied", detail);

    assertThat(fault)
        .hasMessage(
            "ExportVm: denied (NoPermission); the account lacks VApp.Export,"
                + " VirtualMachine.Interact.PowerOff on VirtualMachine vm-7."
                + " Grant it to the account there, or with propagation above it");
    assertThat(fault.remedy())
        .isEqualTo("Grant it to the account there, or with propagation above it.");
  }

  @Test
  void saysNoPrivilegeWhereNoneIsNamed() {
    VSphereFault fault = VSphereFault.named("NoPermission", "ExportVm: denied", VimData.ABSENT);

    assertThat(fault.getMessage())
        .isEqualTo(
            "ExportVm: denied (NoPermission). Grant the missing privilege to the account on this"
                + " object");
  }

  private static VimData data(String name, VimData... parts) {
    return new VimData(name, null, null, "", List.of(parts));
  }

  private static VimData text(String name, String text) {
    return new VimData(name, null, null, text, List.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "vcenter.example.com",
        "ftp://vcenter.example.com",
        "https://user:secret@vcenter.example.com",
        "http://vcenter.example.com/sdk"
      })
  void refusesAnAddressThatCannotBeMeant(String url) {
    assertThatThrownBy(() ->
            new VSphereEndpoint(URI.create(url), "u", () -> "p".toCharArray(), Trust.system()))
        .isInstanceOf(IllegalArgumentException.class)
        .message()
        .doesNotContain("secret");
  }

  @Test
  void findsThePathOfTheSdk() {
    VSphereEndpoint endpoint =
        new VSphereEndpoint(
            URI.create("https://vcenter.example.com:8443"),
            "u",
            () -> "secret".toCharArray(),
            Trust.system());

    assertThat(endpoint.url()).isEqualTo(URI.create("https://vcenter.example.com:8443/sdk"));
    assertThat(endpoint.toString()).doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "AB:CD", "not hexadecimal digits at all, but 40 characters"})
  void refusesAThumbprintThatIsNone(String hex) {
    assertThatThrownBy(() -> Trust.thumbprint(hex))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("64 (SHA-256)");
  }

  @Test
  void readsAndQuotesJson() {
    assertThat(Json.parse(" {\"value\": [1, \"a\\u0041\\n\", true, null, {}]} "))
        .isInstanceOf(Map.class)
        .hasToString("{value=[1.0, aA\n, true, null, {}]}");
    assertThat(Json.quote("a\"b\\c\n")).isEqualTo("\"a\\\"b\\\\c\\u000a\"");
    assertThatThrownBy(() -> Json.parse("{\"a\":}")).hasMessageContaining("Not JSON");
    assertThatThrownBy(() -> Json.parse("[".repeat(5000))).hasMessageContaining("Not JSON");
  }
}

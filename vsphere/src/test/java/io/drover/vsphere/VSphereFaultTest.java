// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.vsphere.VSphereFault.Kind;
import java.net.URI;
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

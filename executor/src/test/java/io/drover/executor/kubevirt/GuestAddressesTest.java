// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When an address of the source counts as there again. */
class GuestAddressesTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.5, 10.0.0.5 10.0.0.6, true",
    "10.0.0.5, 10.0.0.6, false",
    "2001:db8::10, 2001:DB8:0:0:0:0:0:10, true",
    // Written by a person, or made of the MAC: that one and no other.
    "2001:db8::10, 2001:db8::11, false",
    "2001:db8::250:56ff:fe01:203, 2001:db8::a1b2:c3d4:e5f6:718, false",
    // Temporary: any of its network.
    "2001:db8::a1b2:c3d4:e5f6:718, 2001:db8::250:56ff:fe01:203, true",
    "2001:db8::a1b2:c3d4:e5f6:718, 2001:db8:0:1:a1b2:c3d4:e5f6:718, false",
    "2001:db8::a1b2:c3d4:e5f6:718, 10.0.0.5, false",
    "junk, junk, true",
    "junk, 10.0.0.5, false",
  })
  void an_address_is_there_again(String wanted, String now, boolean there) {
    boolean found = GuestAddresses.there(wanted, List.of(now.split(" ")));

    assertThat(found).isEqualTo(there);
  }
}

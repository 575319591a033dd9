// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

/**
 * How one network card is, or shall be, connected: what a fence records and an unfence restores.
 *
 * @param deviceKey the card
 * @param connected whether it is plugged into the network now; means nothing while the machine is
 *     off
 * @param startConnected whether it is plugged in at power-on
 */
public record NicSetting(int deviceKey, boolean connected, boolean startConnected) {}
